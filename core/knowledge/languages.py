"""The language of a text that does not say it: by its letters, and by words that are common in it."""

import re
from typing import Final

from core.knowledge.words import primary

DEFAULT: Final = "en"
READ: Final = 20_000  # code points
REGION: Final = 2  # letters of a subtag
SCRIPT: Final = 4
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_LETTERS: Final = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("ru", re.compile("[\u0430-\u044f]")),
    ("el", re.compile("[\u03b1-\u03c9]")),
    ("ar", re.compile("[\u0621-\u064a]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("vi", re.compile("[\u1ea0-\u1ef9\u01a1\u01b0\u0111]")),
)
_WORDS: Final = (
    ("en", {"the", "and", "you", "is", "to", "of", "your", "this", "with", "for"}),
    ("de", {"der", "die", "und", "das", "ist", "nicht", "sie", "ein", "mit", "wir"}),
    ("fr", {"le", "les", "des", "est", "vous", "une", "pour", "dans", "nous", "et"}),
    ("es", {"el", "los", "las", "que", "una", "para", "con", "por", "su", "y"}),
    ("pt", {"os", "um", "uma", "n\u00e3o", "voc\u00ea", "para", "com", "e", "do", "da"}),
    ("it", {"il", "che", "di", "per", "sono", "una", "con", "gli", "della", "e"}),
    ("nl", {"het", "een", "de", "van", "en", "niet", "voor", "met", "u", "zijn"}),
)
SHARE: Final = 0.1  # of all letters, in a script that one language mostly has


def tag(given: str) -> str:
    """What a page says its language is, as a tag; empty for what is none."""
    found = given.strip().replace("_", "-")
    if not _TAG.fullmatch(found) or len(found) > 20 or primary(found) in {"und", "mul", "zxx"}:
        return ""
    return normalised(found)


def normalised(tag: str) -> str:
    """A tag as RFC 5646 writes it, such as `zh-Hant-TW`: so one language is one word."""
    base, *rest = tag.split("-")
    return "-".join([base.lower(), *(_subtag(one) for one in rest)])


def guess(text: str) -> str:
    """The most likely one; DEFAULT where nothing speaks for another."""
    read = text[:READ].lower()
    letters = sum(char.isalpha() for char in read) or 1
    for language, pattern in _LETTERS:
        if len(pattern.findall(read)) / letters >= (SHARE / 2 if language == "vi" else SHARE):
            return language
    words = re.findall(r"[^\W\d_]+", read)
    counts = {language: sum(word in known for word in words) for language, known in _WORDS}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] > counts[DEFAULT] else DEFAULT


def _subtag(given: str) -> str:
    if len(given) == SCRIPT and given.isalpha():
        return given.title()
    return given.upper() if len(given) == REGION else given.lower()
