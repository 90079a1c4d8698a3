"""The name of an attached file: one visible line that no system reads as a path or as another type."""

import re
import unicodedata
from typing import Final

from core.text import names

MAX_LENGTH: Final = 150  # characters
MAX_BYTES: Final = 200  # of UTF-8, its extension included: file systems take 255
STANDARD: Final = "file"
_FORBIDDEN: Final = re.compile(r'[/\\:*?"<>|]+')
_EXTENSION: Final = re.compile(r"\.[A-Za-z0-9]{1,10}\Z")


def clean(given: str) -> str:
    """The name as it is shown and saved; a directory before it is dropped. Never empty."""
    text = names.clean(unicodedata.normalize("NFC", given))
    text = re.split(r"[/\\]", text)[-1]
    text = _FORBIDDEN.sub("_", text).strip(". ")
    return _cut(text) if names.is_visible(text) else STANDARD


def typed(name: str, extensions: tuple[str, ...]) -> str:
    """The name with an extension that its type has: a picture must not be named as an executable."""
    lower = name.lower()
    if any(lower.endswith(extension) and len(lower) > len(extension) for extension in extensions):
        return name
    return _cut(name + extensions[0])


def ascii_only(name: str) -> str:
    """For clients that know no other form of it in a header."""
    kept = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    kept = re.sub(r"[^A-Za-z0-9._ -]", "_", kept).strip(" .")
    return kept if kept and not kept.startswith("-") else f"{STANDARD}{extension(name)}"


def extension(name: str) -> str:
    """The last extension, with its dot; empty without one."""
    found = _EXTENSION.search(name)
    return found[0] if found else ""


def _cut(name: str) -> str:
    """As long as is allowed, with its extension."""
    ending = extension(name)
    stem = name[: len(name) - len(ending)]
    stem = stem[: MAX_LENGTH - len(ending)]
    while len((stem + ending).encode()) > MAX_BYTES:
        stem = stem[:-1]
    return (stem.rstrip(". ") or STANDARD) + ending
