"""Which words of a question are looked for and what each weighs; which ranks several lists give together."""

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

K: Final = 60  # of reciprocal rank fusion: how little the first ranks stand out
ALMOST: Final = 0.7  # the weight of a word that is only like the one that was asked
MIN_MISSPELT: Final = 4  # characters; a shorter word is like too many others
LONG: Final = 8  # characters of a word in which two mistakes are made
MAX_LIKE: Final = 3  # words that one misspelt word may mean

Thing = TypeVar("Thing")


class Term(NamedTuple):
    """A word to look for."""

    word: str
    weight: float


def weight(chunks: int, *, of: int) -> float:
    """What a word says that this many chunks have: its inverse document frequency, as BM25 has it."""
    return math.log(1 + (max(of, chunks) - chunks + 0.5) / (chunks + 0.5))


def may_be_misspelt(word: str) -> bool:
    return len(word) >= MIN_MISSPELT


def like(word: str, candidates: Sequence[str]) -> list[str]:
    """Those of the candidates that `word` may mean: it was mistyped, or is not finished yet."""
    most = 1 if len(word) < LONG else 2
    found = [(_distance(word, one, most=most), one) for one in candidates]
    near = sorted((distance, one) for distance, one in found if distance <= most)
    begun = [one for _, one in found if one.startswith(word)]
    return list(dict.fromkeys([*(one for _, one in near), *begun]))[:MAX_LIKE]


def fused(*lists: Sequence[Thing]) -> Mapping[Thing, float]:
    """Reciprocal rank fusion: things that stand high in several lists first."""
    scores: dict[Thing, float] = {}
    for one in lists:
        for rank, thing in enumerate(one, start=1):
            scores[thing] = scores.get(thing, 0.0) + 1 / (K + rank)
    return dict(sorted(scores.items(), key=lambda pair: -pair[1]))


def _distance(one: str, two: str, *, most: int) -> int:
    """Damerau and Levenshtein's, where neighbours that changed places count once; more than `most`: any."""
    if abs(len(one) - len(two)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(two) + 1))
    for at, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [at]
        for there, other in enumerate(two, start=1):
            cost = min(row[-1] + 1, before[there] + 1, before[there - 1] + (letter != other))
            if at > 1 and there > 1 and letter == two[there - 2] and one[at - 2] == other:
                cost = min(cost, earlier[there - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
