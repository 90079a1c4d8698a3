"""Redaction, the second line of defence of the audit log: values that look like secrets are not stored."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from core.text import names

REDACTED: Final = "[redacted]"
MAX_LENGTH: Final = 500  # characters of one text
MAX_ENTRIES: Final = 50  # entries of one list or object
DEEPEST: Final = 3

_NAMES: Final = re.compile(
    r"passw|secret|token|recovery|credential|api_?key|private_?key|authorization", re.IGNORECASE
)
_VALUES: Final = (
    # A JWT. Not within a word: a long word would be scanned again from each of its characters.
    re.compile(r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]+\.[\w-]*"),
    re.compile(r"plk_[\w-]+"),  # one of our API keys
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*", re.DOTALL),
    re.compile(r"\b(?:bearer|basic|visitor)\s+[\w.~+/=-]{8,}", re.IGNORECASE),
    re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"),  # user:password in a URL
    re.compile(r"\b(?:password|passwd|secret|token|code|key)=[^\s&#]+", re.IGNORECASE),
    # A random string: at least 32 hex digits, 24 characters of base32 (a TOTP secret) or 40 of base64url
    # (a token of 32 bytes has 43; a UUID has 36).
    re.compile(r"\b[0-9a-fA-F]{32,}\b"),
    re.compile(r"\b[A-Z2-7]{24,}\b"),
    re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}"),
)


def kept(changes: Mapping[str, Any], *, fields: Iterable[str], longest: int = MAX_LENGTH) -> dict[str, Any]:
    """The `changes` that are named in `fields`, as JSON values without what looks like a secret.

    `longest`: characters of one text.
    """
    names = set(fields)
    return {
        name: redacted(value, name=name, longest=longest) for name, value in changes.items() if name in names
    }


def redacted(value: Any, *, name: str = "", depth: int = 0, longest: int = MAX_LENGTH) -> Any:
    """`value` as bounded JSON: hides texts that look like a secret, and every value under a secret's name."""
    if value is None or isinstance(value, bool | int | float):
        return REDACTED if value is not None and _NAMES.search(name) else value
    if _NAMES.search(name) or depth > DEEPEST:
        return REDACTED
    if isinstance(value, str):
        return text(value, longest=longest)
    if isinstance(value, Mapping):
        pairs = list(value.items())[:MAX_ENTRIES]
        return {
            text(str(key)): redacted(inner, name=str(key), depth=depth + 1, longest=longest)
            for key, inner in pairs
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(inner, depth=depth + 1, longest=longest) for inner in list(value)[:MAX_ENTRIES]]
    return redacted(msgspec.to_builtins(value), name=name, depth=depth + 1, longest=longest)


def text(value: str, *, longest: int = MAX_LENGTH) -> str:
    """At most `longest` characters, without secrets and without characters that Postgres cannot store."""
    for pattern in _VALUES:
        value = pattern.sub(REDACTED, value)
    return names.without_hidden(value).replace("\x00", "").encode("utf-8", "replace").decode()[:longest]
