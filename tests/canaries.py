"""Secrets that the tests plant, and the search for them in every log: none may ever appear there.

A test that creates a secret calls `canaries.plant(secret)`. The clients of the tests plant every value that
they send or receive under the name of a secret. The logs of a stack are searched when it is closed,
those of this process at once; the fixture `watched` asserts the result at the end of the session.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from core.telemetry.log import JsonLines

MIN_LENGTH: Final = 8  # characters; six digits occur in times and ids
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
found: list[str] = []  # where a secret was found, and how it begins
searched: list[str] = []  # which logs were read


def plant(*secrets: str) -> None:
    """From now on no log may have these. Plain words and numbers are left out: logs have them anyway."""
    recognisable = (secret for secret in secrets if not secret.isalpha() and not secret.isdigit())
    planted.update(secret for secret in recognisable if len(secret) >= MIN_LENGTH)


def harvest(value: Any, *, name: str = "") -> None:
    """Plant the values under names of secrets in JSON that a test sends or receives."""
    if isinstance(value, Mapping):
        for inner, content in value.items():
            harvest(content, name=str(inner))
    elif isinstance(value, list | tuple):
        for content in value:
            harvest(content, name=name)
    elif isinstance(value, str) and name in NAMES:
        plant(*re.findall(r"secret=(\w+)", value) if name == "uri" else [value])


def harvest_cookies(headers: Iterable[str]) -> None:
    """Plant the values of cookies."""
    plant(*(header.partition(";")[0].partition("=")[2] for header in headers))


def search(where: str, text: str) -> None:
    """Search for every planted secret, of one word or several."""
    searched.append(where)
    words = set(WORD.findall(text))
    several = {secret for secret in planted if not WORD.fullmatch(secret)}
    hits = (planted & words) | {secret for secret in several if secret in text}
    found.extend(f"{where}: {secret[:12]}…" for secret in sorted(hits))


def search_logs(folder: Path) -> None:
    """Search every log in `folder` and below."""
    for path in sorted(folder.rglob("*.log*")):
        if path.is_file():
            search(path.name, path.read_text(errors="replace"))


class Watch(logging.Handler):
    """Searches the log records of this process, formatted as our processes write them."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        search(f"the log of the tests, {record.getMessage()}", self.format(record))
