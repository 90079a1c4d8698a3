"""Secrets that the tests plant, and the search for them in every log: none may ever turn up.

Whoever makes a secret in a test says `canaries.plant(secret)`. Clients of the tests plant by themselves what
they send and are given under the name of a secret. What a stack wrote is searched when it is closed, what
this process logs at once; the fixture `watched` reads the verdict at the session's end.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from core.telemetry import JsonLines

SHORTEST: Final = 8  # characters; six digits turn up in times and ids
NAMES: Final = {
    "access_token",
    "current_password",
    "jwt",
    "key",
    "new_password",
    "partial_token",
    "password",
    "recovery_codes",
    "secret",
    "ticket",
    "token",
    "uri",
}
WORD: Final = re.compile(r"[\w.-]{8,}")

planted: set[str] = set()
found: list[str] = []  # where one turned up, and its beginning
searched: list[str] = []  # which logs were read


def plant(*secrets: str) -> None:
    """From now on these may be in no log; a plain word or number could be there for other reasons."""
    recognisable = (secret for secret in secrets if not secret.isalpha() and not secret.isdigit())
    planted.update(secret for secret in recognisable if len(secret) >= SHORTEST)


def harvest(value: Any, *, name: str = "") -> None:
    """Plants what stands under the name of a secret in JSON that a test sends or gets."""
    if isinstance(value, Mapping):
        for inner, content in value.items():
            harvest(content, name=str(inner))
    elif isinstance(value, list | tuple):
        for content in value:
            harvest(content, name=name)
    elif isinstance(value, str) and name in NAMES:
        plant(*re.findall(r"secret=(\w+)", value) if name == "uri" else [value])


def harvest_cookies(headers: Iterable[str]) -> None:
    """Plants what cookies carry."""
    plant(*(header.partition(";")[0].partition("=")[2] for header in headers))


def search(where: str, text: str) -> None:
    """Looks for everything planted; a secret is a word, or has several."""
    searched.append(where)
    words = set(WORD.findall(text))
    several = {secret for secret in planted if not WORD.fullmatch(secret)}
    hits = (planted & words) | {secret for secret in several if secret in text}
    found.extend(f"{where}: {secret[:12]}…" for secret in sorted(hits))


def search_logs(folder: Path) -> None:
    """Every log in `folder` and below."""
    for path in sorted(folder.rglob("*.log*")):
        if path.is_file():
            search(path.name, path.read_text(errors="replace"))


class Watch(logging.Handler):
    """Searches what this process logs, as our processes write it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        search(f"the log of the tests, {record.getMessage()}", self.format(record))
