"""Names that people and programs give: one line that says what it shows. Pure."""

import re
import unicodedata
from typing import Final

# Invisible, or changing the direction of the text around it. Joiners stay: names and emoji need them.
_HIDDEN: Final = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")
_CONTROLS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SEEN: Final = frozenset("LNPS")  # the first letter of a category that leaves ink


def clean(text: str) -> str:
    """One line without controls, bidirectional overrides and surplus blanks."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(_CONTROLS.sub(" ", _HIDDEN.sub("", text)).split())


def without_hidden(text: str) -> str:
    """The text without what is invisible or changes the direction of other text."""
    return text if text.isascii() else _HIDDEN.sub("", text)


def is_visible(text: str) -> bool:
    """Whether anything of it can be seen."""
    return any(unicodedata.category(sign)[0] in _SEEN for sign in text)
