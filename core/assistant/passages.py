"""Parts of articles that an answer may use: how a model sees them, and which of them it has cited. Pure.

Articles are numbered in the order in which a turn first saw them, and every part of an article has the
article's number. A model cites by that number in square brackets. Visitors do not see the marks: in a later
turn the same number may stand for another article.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import msgspec

from core.content import MAX_SOURCES, Source

MAX_PASSAGES: Final = 8  # that one search gives a turn
MAX_KEPT: Final = 12  # of one turn
MAX_QUERY: Final = 300  # code points
MAX_URL: Final = 1_000  # bytes of an address in a message

_MARK: Final = re.compile(r"[ \t]?\[ ?\d{1,2}(?:, ?\d{1,2}){0,5} ?\]")
_BEGUN: Final = re.compile(r"[ \t]?(?:\[[ \d,]{0,24})?\Z")  # what may become a mark: none is longer
_NUMBER: Final = re.compile(r"\d+")


class Passage(msgspec.Struct, frozen=True):
    """A part of a published article, in the version that was read."""

    article: bytes
    version: int
    title: str
    url: str
    heading: str
    content: str


class Known(msgspec.Struct, frozen=True):
    """What a turn found out before it spoke. `intent` "": nothing was found out, as without articles."""

    intent: str = ""
    passages: tuple[Passage, ...] = ()


NOTHING_KNOWN: Final = Known()


def identifier(passage: Passage) -> UUID:
    """Of its article."""
    return UUID(bytes=passage.article)


def added(known: Sequence[Passage], more: Iterable[Passage]) -> tuple[Passage, ...]:
    """Those of `more` that are new, after the others: numbers do not change."""
    return tuple(dict.fromkeys((*known, *more)))[: max(MAX_KEPT, len(known))]


def numbered(passages: Sequence[Passage]) -> list[tuple[int, Passage]]:
    """Each with its article's number, from 1."""
    numbers: dict[bytes, int] = {}
    return [(numbers.setdefault(one.article, len(numbers) + 1), one) for one in passages]


def cited(text: str, given: Sequence[Passage]) -> tuple[int, ...]:
    """The numbers of given passages that a text cites, in order, each once."""
    known = {number for number, _ in numbered(given)}
    found = (int(number) for mark in _MARK.findall(text) for number in _NUMBER.findall(mark))
    return tuple(dict.fromkeys(number for number in found if number in known))


def without_marks(text: str, *, whole: bool = True) -> str:
    """The text as people see it. Not `whole`: more follows, and what may become a mark is held back."""
    # First the end, then the marks: a bracket that stays when a mark behind it goes has been shown already.
    return _MARK.sub("", text if whole else _BEGUN.sub("", text))


def sources(passages: Sequence[Passage], numbers: Iterable[int]) -> tuple[Source, ...]:
    """The articles of those numbers; others were not given to the model, and are left out."""
    known: dict[int, Passage] = {}
    for number, one in numbered(passages):
        known.setdefault(number, one)
    found = [known[number] for number in dict.fromkeys(numbers) if number in known]
    return tuple(_source(one) for one in found[:MAX_SOURCES])


def _source(one: Passage) -> Source:
    url = one.url if len(one.url.encode()) <= MAX_URL else ""
    return Source(identifier(one), one.version, one.title, url)
