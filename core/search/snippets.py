"""The part of a text around what a query found, in pieces: a page draws them as elements, never as HTML."""

import re
from typing import Final

import msgspec

from core.search.query import Query, places

BEFORE: Final = 50  # characters before the first match
MAX_LENGTH: Final = 220  # of the whole
MORE: Final = "\u2026"

_SPACE: Final = re.compile(r"\s+")


class Piece(msgspec.Struct, frozen=True):
    """`match`: the query found it."""

    text: str
    match: bool


def snippet(query: Query, text: str, *, length: int = MAX_LENGTH) -> list[Piece]:
    """One line of about `length` characters, from a little before the first match on."""
    found = places(query, text)
    first = found[0][0] if found else 0
    start = _begin(text, first)
    end = min(len(text), start + length)
    pieces: list[Piece] = [Piece(MORE, match=False)] if start > 0 else []
    at = start
    for one, two in found:
        if one >= end:
            break
        pieces += [Piece(text[at:one], match=False), Piece(text[one : min(two, end)], match=True)]
        at = min(two, end)
    pieces.append(Piece(text[at:end] + (MORE if end < len(text) else ""), match=False))
    return [Piece(line, one.match) for one in pieces if (line := _SPACE.sub(" ", one.text))]


def _begin(text: str, first: int) -> int:
    """At most BEFORE characters before `first`, where a word begins."""
    if first <= BEFORE:
        return 0
    space = text.find(" ", first - BEFORE, first)
    return space + 1 if space >= 0 else first - BEFORE // 2
