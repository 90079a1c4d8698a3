"""Text as searches compare it: lower case, without accents, one form of each character."""

import unicodedata
from typing import Final

MARKS: Final = range(0x0300, 0x0370)  # accents, as NFKD takes them off their letters
ACCENTED_UP_TO: Final = 0x0400  # Latin and Greek letters; in other scripts a mark makes another letter
LETTERS: Final = str.maketrans(
    {"đ": "d", "ø": "o", "ł": "l", "ħ": "h", "\u0131": "i", "æ": "ae", "œ": "oe", "\u0451": "\u0435"}
)
"""What no normal form decomposes, and the one Cyrillic letter that writers replace by another."""


def fold(text: str) -> str:
    """The same for what readers take for the same: "Hoàn tiền", "HOAN TIEN", and letters of full width.

    Newlines stay. The length may change.
    """
    if text.isascii():
        return text.lower()
    kept: list[str] = []
    base = " "
    # Decomposed before as well: a bold capital of mathematics is a capital only then.
    plain = unicodedata.normalize("NFKD", text).casefold()
    for char in unicodedata.normalize("NFKD", plain):
        if ord(char) in MARKS:
            if ord(base) < ACCENTED_UP_TO:
                continue
        else:
            base = char
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept)).translate(LETTERS)
