"""The words of a text as search compares them; texts and queries are read by this one function.

A word is a run of letters and digits, folded: "Café" and "cafe" are one. Chinese, Japanese and Thai have no
spaces: there each pair of neighbours is a word, and the last character of a run one more, so that every
character begins a word. Each emoji is a word, whatever its skin. Everything else separates words.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from core.knowledge.words import UNSPACED
from core.text.folding import fold

MAX_WORD: Final = 40  # characters; what comes after them is not compared
MAX_WORDS: Final = 5_000  # of one text

_NO_LETTERS: Final = (range(0x20D0, 0x2100), range(0xFE00, 0xFE10))  # of keycaps, of emoji


def _marks() -> str:
    """Accents and vowel signs: the parts of words that are neither letters nor digits."""
    return "".join(
        chr(code)
        for some in (range(0x0300, 0x3100), range(0xA600, 0xAC00), range(0xFE20, 0xFE30))
        for code in some
        if unicodedata.category(chr(code)).startswith("M") and not any(code in one for one in _NO_LETTERS)
    )


_LETTERS: Final = rf"[^\W_]+(?:[{_marks()}]+[^\W_]*)*"
_SYMBOL: Final = (
    "[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f3fa\U0001f400-\U0001faff]"
)
_RUN: Final = re.compile(rf"({_LETTERS})|{_SYMBOL}")
_ANY_RUN: Final = re.compile(rf"{_LETTERS}|{_SYMBOL}")
_ASCII_RUN: Final = re.compile("[a-z0-9]+")
_PART: Final = re.compile(rf"({UNSPACED}+)|((?:(?!{UNSPACED})(?:[^\W_]|[{_marks()}]))+)")


class Word(NamedTuple):
    """A word of a text, and where it stands there. `exact`: each of its characters is one of the text."""

    text: str
    start: int
    end: int
    exact: bool


def words(text: str) -> Iterator[Word]:
    """The words of a text in their order, at most MAX_WORDS."""
    count = 0
    for run in _RUN.finditer(text):
        start, end = run.span()
        for part, first, last in _parts_of(run.group()) if run[1] else [(run.group(), 0, 1)]:
            if count == MAX_WORDS:
                return
            count += 1
            if last < 0:  # folding has changed how many characters there are
                yield Word(part, start, end, exact=False)
            else:
                yield Word(part, start + first, start + last, exact=True)


def _parts_of(run: str) -> tuple[tuple[str, int, int], ...]:
    return _known_parts(run) if len(run) <= MAX_WORD else _parts(run)


def _parts(run: str) -> tuple[tuple[str, int, int], ...]:
    """The folded words of a run of letters, each with its place in the run, or -1 where that is not known."""
    folded = fold(run)
    known = len(folded) == len(run)
    found: list[tuple[str, int, int]] = []
    for part in _PART.finditer(folded):
        start, end = part.span()
        if part[1]:
            found += [(folded[at : min(at + 2, end)], at, min(at + 2, end)) for at in range(start, end)]
        else:
            found.append((part.group()[:MAX_WORD], start, end))
    return tuple(found) if known else tuple((word, -1, -1) for word, _, _ in found)


# Of short runs only: one of a whole text, of which a visitor can send many, has thousands of words.
_known_parts: Final = lru_cache(maxsize=20_000)(_parts)


def vector(text: str, key: str) -> str:
    """The words of a text with their positions, as Postgres reads a `tsvector`; '' without words.

    Each begins with the key of a bucket.
    """
    places: dict[str, list[str]] = {}
    for position, word in enumerate(_without_places(text), 1):
        if (where := places.get(word)) is None:
            places[word] = [str(position)]
        else:
            where.append(str(position))
    return " ".join([f"'{key}/{word}':{','.join(where)}" for word, where in places.items()])


def _without_places(text: str) -> list[str]:
    """As `words`, at a fifth of the cost: each message that is stored is read by it."""
    if text.isascii():
        return [word[:MAX_WORD] for word in _ASCII_RUN.findall(text.lower())[:MAX_WORDS]]
    found: list[str] = []
    for run in _ANY_RUN.findall(text):
        found += _known_words(run) if len(run) <= MAX_WORD else _words(run)
        if len(found) >= MAX_WORDS:
            break
    return found[:MAX_WORDS]


def _words(run: str) -> tuple[str, ...]:
    return tuple(word.text for word in words(run))


_known_words: Final = lru_cache(maxsize=20_000)(_words)
