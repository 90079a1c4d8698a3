"""Keeps customers out of public posts: names, addresses and numbers are masked, no words are quoted."""

import re
from collections.abc import Iterable, Iterator, Sequence
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


class Said:
    """A visitor's texts, as runs of words that are a quote. Make it once for all that is compared with it."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.runs: set[int] = (
            set()
        )  # by hash: the runs of a long conversation would take hundreds of megabytes
        self.whole: set[Words] = set()
        for one in texts:
            words = tuple(word.casefold() for word in _WORD.findall(one))
            found = [hash(words[at:end]) for at, end in _runs(words)]
            self.runs.update(found)
            if not found and sum(map(_weight, words)) >= WHOLE * OF_A_WORD:
                self.whole.add(words)
        self._lengths = sorted({len(words) for words in self.whole}, reverse=True)

    def quoted(self, words: Words) -> Iterator[tuple[int, int]]:
        """Where quotes begin and end in these words."""
        run_of = dict(_runs(words)) if self.runs else {}
        for at in range(len(words)):
            end = run_of.get(at)
            if end is not None and hash(words[at:end]) in self.runs:
                yield at, end
                continue
            for length in self._lengths:
                part = words[at : at + length]  # shorter at the end of the text
                if part in self.whole:
                    yield at, at + len(part)
                    break


def quotes(text: str, said: Said) -> bool:
    """Whether RUN words in a row of a visitor's texts are in `text`, or a whole text of WHOLE words or more.

    Whatever is between the words. Where there are no spaces OF_A_WORD characters are a word.
    """
    return bool(_quotes(text, said))


def without_quotes(text: str, said: Said) -> str:
    """Each quote replaced by MASK."""
    while found := _quotes(text, said):
        for start, end in reversed(found):
            text = text[:start] + MASK + text[end:]
    return text


def _runs(words: Words) -> Iterator[tuple[int, int]]:
    """From each word the shortest run that is long enough for a quote; the last words have none."""
    weights = [_weight(word) for word in words]
    end, weight = 0, 0
    for at in range(len(words)):
        while weight < RUN * OF_A_WORD and end < len(words):
            weight += weights[end]
            end += 1
        if weight < RUN * OF_A_WORD:
            return
        yield at, end
        weight -= weights[at]


def _weight(word: str) -> int:
    """Of scripts without spaces 1 for each character, else OF_A_WORD for each word."""
    return 1 if _UNSPACED.match(word) else OF_A_WORD


def _quotes(text: str, said: Said) -> list[tuple[int, int]]:
    """Where the quotes begin and end, those that overlap as one."""
    if not said.runs and not said.whole:
        return []
    found = list(_WORD.finditer(text))
    made: list[tuple[int, int]] = []
    last = -1  # the word after the quote before
    for at, behind in said.quoted(tuple(match[0].casefold() for match in found)):
        end = found[behind - 1].end()
        if at < last:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((found[at].start(), end))
        last = max(last, behind)
    return made
