"""Names given by people and programs: cleaned to one line without invisible characters. Pure."""

import re
import unicodedata
from typing import Final

# Invisible characters and bidirectional overrides. Joiners stay: names and emoji need them.
_HIDDEN: Final = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SEEN: Final = frozenset("LNPS")  # the initials of the Unicode categories of visible characters


def clean(text: str) -> str:
    """One line without control characters, bidirectional overrides and surplus blanks."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(_CONTROLS.sub(" ", _HIDDEN.sub("", text)).split())


def without_hidden(text: str) -> str:
    """The text without invisible characters and bidirectional overrides."""
    return text if text.isascii() else _HIDDEN.sub("", text)


def is_visible(text: str) -> bool:
    """Whether the text has a visible character."""
    return any(unicodedata.category(sign)[0] in _SEEN for sign in text)
