"""Keeps customers out of public posts: names, addresses and numbers are masked, no words are quoted."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from core.knowledge.words import UNSPACED
from core.text.personal_data import MASK, without_contacts

RUN: Final = 8  # words of a visitor in a row that are a quote
WHOLE: Final = 4  # words of a whole message that are one too
OF_A_WORD: Final = 3  # characters that count as one word in scripts without spaces
MIN_NAME: Final = 2  # code points of a name that is masked
MIN_PART: Final = 3  # of a part of one; shorter names are masked only as they are written: "An" is no "an"

# A character of a script without spaces is a word of its own here, else a whole text would be one.
_WORD: Final = re.compile(rf"{UNSPACED}|(?:(?!{UNSPACED})\w)+")
_UNSPACED: Final = re.compile(UNSPACED)

Words = tuple[str, ...]


def masked(text: str, names: Iterable[str]) -> str:
    """Without e-mail addresses, phone numbers and the names; the parts of a name are masked too."""
    text = without_contacts(text)
    whole = {name.strip() for name in names if len(name.strip()) >= MIN_NAME}
    parts = {part for name in whole for part in name.split() if len(part) >= MIN_PART}
    for part in sorted(whole | parts, key=len, reverse=True):
        flags = re.IGNORECASE if len(part) >= MIN_PART else re.NOFLAG
        text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", MASK, text, flags=flags)
    return text


def quotes(text: str, said: Sequence[str]) -> bool:
    """Whether RUN words in a row of a visitor's texts are in `text`, or a whole text of WHOLE words or more.

    Whatever is between the words. Where there are no spaces OF_A_WORD characters are a word.
    """
    return bool(_quotes(text, _Said(said)))


def without_quotes(text: str, said: Sequence[str]) -> str:
    """Each quote replaced by MASK."""
    of_visitor = _Said(said)
    while found := _quotes(text, of_visitor):
        for start, end in reversed(found):
            text = text[:start] + MASK + text[end:]
    return text


class _Said:
    """The runs of words that are a quote, by their first words."""

    def __init__(self, said: Sequence[str]) -> None:
        self.runs: set[Words] = set()
        self.whole: set[Words] = set()
        for one in said:
            words = tuple(word.casefold() for word in _WORD.findall(one))
            found = {run for at in range(len(words)) if (run := _run(words, at))}
            self.runs |= found
            if not found and _weight(words) >= WHOLE * OF_A_WORD:
                self.whole.add(words)
        self._lengths = sorted({len(words) for words in self.whole}, reverse=True)

    def quoted(self, words: Words, at: int) -> int:
        """How many of the words from `at` are a quote."""
        run = _run(words, at)
        if run in self.runs:
            return len(run)
        return next((length for length in self._lengths if words[at : at + length] in self.whole), 0)


def _run(words: Words, at: int) -> Words:
    """The shortest run from `at` that is long enough for a quote; empty if there is none."""
    weight = 0
    for end in range(at, len(words)):
        weight += _weight(words[end : end + 1])
        if weight >= RUN * OF_A_WORD:
            return words[at : end + 1]
    return ()


def _weight(words: Words) -> int:
    """Of scripts without spaces 1 for each character, else OF_A_WORD for each word."""
    return sum(1 if _UNSPACED.match(word) else OF_A_WORD for word in words)


def _quotes(text: str, said: _Said) -> list[tuple[int, int]]:
    """Where the quotes begin and end, those that overlap as one."""
    if not said.runs and not said.whole:
        return []
    found = list(_WORD.finditer(text))
    words = tuple(match[0].casefold() for match in found)
    made: list[tuple[int, int]] = []
    last = -1  # the word after the quote before
    for at in range(len(words)):
        length = said.quoted(words, at)
        if not length:
            continue
        end = found[at + length - 1].end()
        if at < last:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((found[at].start(), end))
        last = max(last, at + length)
    return made
