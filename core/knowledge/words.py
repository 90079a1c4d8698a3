"""The words of texts and questions: which dictionary stems them, and which neighbours count as one.

Postgres stems words with the dictionary of a language. Where it has none ("simple"), a pair of neighbours is
a word too: a Vietnamese word has mostly two syllables. Chinese, Japanese and Thai have no spaces: there each
pair of characters is a word.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from core.text.folding import fold

MAX_QUERY: Final = 500  # code points; the rest of a question is not searched for
MAX_TERMS: Final = 24  # of a question: its words and pairs that say most

KEY: Final = 6  # characters
SIMPLE: Final = "simple"
CONFIGURATIONS: Final = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "nl": "dutch", "no": "norwegian", "nb": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Of Postgres 15 and later; the language's first subtag → its text search configuration."""

GENERAL: Final = frozenset(
    """
    abl allow also alway anoth anyth ask better big bit chang choos come day differ everyth exact
    first friend get give good got guess hello help hi instead just keep know last let like littl
    look lot made make mani matter mean mine much must name need never new next old one onli own
    part pleas possibl problem put question realli right said say second see seem set show small
    some someon someth sometim stop sure take tell thank thing think time togeth tri two use want
    way whole without wonder work
    """.split()  # noqa: SIM905  a paragraph
)
"""Stems of English words that questions are made of: rare in a handbook, and yet they say little."""

_WORD: Final = re.compile(r"[^\W_]+")
UNSPACED: Final = (
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
"""A pattern: Thai, Lao, Burmese, Khmer, Japanese and Chinese; Korean has spaces."""
_UNSPACED: Final = re.compile(f"{UNSPACED}+")


def key(project: bytes) -> str:
    """What each indexed word of a project begins with. Two projects may share it: statements name theirs."""
    return urlsafe_b64encode(hashlib.sha256(project).digest())[:KEY].decode()


def configuration(language: str) -> str:
    """The text search configuration of Postgres for a language such as `en` or `pt-BR`."""
    return CONFIGURATIONS.get(primary(language), SIMPLE)


def primary(language: str) -> str:
    """The language without its region or script."""
    return language.replace("_", "-").split("-", 1)[0].lower()


def spaced(folded: str) -> str:
    """What a dictionary of Postgres can read: folded text without the scripts that have no spaces."""
    return _UNSPACED.sub(" ", folded)


def pairs(folded: str, language: str) -> list[str]:
    """The neighbours in folded text that count as words of `language`, each once."""
    found = _pairs_of_characters(folded)
    if configuration(language) == SIMPLE:
        found = [*found, *_pairs_of_words(folded)]
    return list(dict.fromkeys(found))


def count(folded: str) -> int:
    """How many words a text has, roughly."""
    return len(_WORD.findall(spaced(folded))) + len(_pairs_of_characters(folded))


def question(text: str) -> str:
    """The part of a question that is searched for, folded."""
    return fold(text[:MAX_QUERY])


def _pairs_of_words(folded: str) -> Iterator[str]:
    """Within a line and a sentence."""
    for part in re.split(r"[\n.!?;:,()\"]", spaced(folded)):
        for one, two in pairwise(_WORD.findall(part)):
            yield f"{one} {two}"


def _pairs_of_characters(folded: str) -> Sequence[str]:
    found: list[str] = []
    for run in _UNSPACED.findall(folded):
        found.extend([run] if len(run) == 1 else [run[at : at + 2] for at in range(len(run) - 1)])
    return found
