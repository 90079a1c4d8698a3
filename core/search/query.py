"""What a person searches for: terms that a text must all have, in any order."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from core.knowledge.words import UNSPACED
from core.search.words import Word, words

MAX_QUERY: Final = 200  # characters; the rest is not searched for
MAX_TERMS: Final = 8
MAX_TERM_WORDS: Final = 20
SHORT: Final = 2  # letters: as the beginning of a word they would fit too many
KEY: Final = "~"  # where the key of a bucket comes in; no word has it

_UNSPACED: Final = re.compile(UNSPACED)
_TERM: Final = re.compile(r'"([^"]*)"?|([^\s"]+)')


class Term(msgspec.Struct, frozen=True):
    """Words that follow each other. `whole`: the last one is not only the beginning of a word."""

    words: tuple[str, ...]
    whole: bool


class Query(msgspec.Struct, frozen=True):
    """Without terms it finds nothing."""

    terms: tuple[Term, ...]

    @property
    def condition(self) -> str:
        """As Postgres reads a `tsquery`, with KEY before each word."""
        return " & ".join(f"({_phrase(term)})" for term in self.terms)


def read(text: str) -> Query:
    """The query in what a person typed. A part in quotes is one term, of whole words."""
    asked = list(_TERM.finditer(text[:MAX_QUERY]))[:MAX_TERMS]
    terms: list[Term] = []
    for number, one in enumerate(asked, 1):
        found = tuple(word.text for word in words(one[1] or one[2] or ""))[:MAX_TERM_WORDS]
        if not found:
            continue
        term = Term(found, _is_whole(found[-1], quoted=one[1] is not None, last=number == len(asked)))
        if term not in terms:
            terms.append(term)
    return Query(tuple(terms))


def _is_whole(word: str, *, quoted: bool, last: bool) -> bool:
    """Whether a term's last word is a whole one: short ones are, but for the one that is being typed."""
    if _UNSPACED.match(word):
        return False  # the last character of a run: the text may go on
    return quoted or (len(word) <= SHORT and not last)


def places(query: Query, text: str) -> list[tuple[int, int]]:
    """Where the text has the terms: spans in their order, which do not overlap."""
    every = list(words(text))
    found = sorted(span for term in query.terms for span in _spans(term, every))
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _spans(term: Term, every: Sequence[Word]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    *before, last = term.words
    for at in range(len(every) - len(before)):
        if any(every[at + n].text != word for n, word in enumerate(before)):
            continue
        end = every[at + len(before)]
        if end.text == last:
            found.append((every[at].start, end.end))
        elif not term.whole and end.text.startswith(last):
            found.append((every[at].start, end.start + len(last) if end.exact else end.end))
    return found


def _phrase(term: Term) -> str:
    *before, last = (f"'{KEY}/{word}'" for word in term.words)
    return " <-> ".join([*before, last if term.whole else f"{last}:*"])
