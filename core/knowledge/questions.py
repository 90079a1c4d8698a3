"""Visitors' questions: which are the same one, and whether a text is about one at all. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from core.knowledge import words as cut
from core.text import personal_data
from core.text.folding import fold

MAX_WORDS: Final = 12  # of a key
MAX_KEY: Final = 500  # code points
MAX_QUESTION: Final = 500  # code points that are kept of a question, and that texts are compared with
MAX_ASKED: Final = 24  # words that texts are compared with
GOOD_ENOUGH: Final = 0.33  # the least part of a question's words that an article has which may be about it
SURE: Final = 0.67  # and that one has which is about it: few others do
STEM: Final = 5  # letters by which stems are compared: "deliver" and "delivery" are one

_ENDINGS: Final = ("ing", "ed", "ment")
_PLURALS: Final = ("ss", "us", "is")  # no plurals, although they end in s
_WORD: Final = re.compile(r"[^\W_]+")

# Folded, so without accents. Words that say how something is asked, and not what.
_EMPTY_WORDS: Final = """
    a about after all am an and any anyone anything are as at be been before but by can could did do does
    doing for from get give go got had has have hello hey hi how i if in into is it its just know let like
    long many may me might much must my need no not of on one or our out please possible say see shall she
    should so some someone something tell thank thanks that the their them then there these they thing this
    those to too up us use very want was we were what when where which who whom whose why will with without
    would you your yours also here ok okay yes
    a ah ai anh ao ban bao bang bi biet bo cac cach cai cam can cho chi chua chung chuyen co con cua cung da
    dang day de den di dieu do duoc em gi giup hay hen hoac hoi hon khi khong la lai lam loi luc luon ma minh
    moi mot muon nao nay neu ngay nen nha nhe nhieu nhu nhung no noi o oi on ra rang rat roi sao se shop ta
    tai the thi thoi tim toi trong tu va vay ve vi viec voi vua vui xin
""".split()  # noqa: SIM905  a list of quoted words is no easier to read


def content_words(text: str) -> list[str]:
    """The folded words that say what a question is about, in order, each once."""
    found = (
        word for word in _words(fold(personal_data.without_addresses(text, mask=" "))) if not word.isdigit()
    )
    return list(dict.fromkeys(word for word in found if word not in _EMPTY_WORDS and len(word) > 1))


def key(text: str) -> str:
    """The same for questions in the same words, whatever their order; "" for a text without a word.

    Only of what `shown` leaves: a text that is nothing but a person's address or number has no key.
    """
    masked = shown(text)
    words = content_words(masked) or [
        word for word in dict.fromkeys(_words(fold(masked))) if not word.isdigit()
    ]
    return " ".join(sorted(words[:MAX_WORDS]))[:MAX_KEY].strip()


def shown(text: str) -> str:
    """The question for a list: one line, without addresses and long numbers of the person who asked."""
    masked = personal_data.without_numbers(text)
    return " ".join(masked.replace("\0", "").split())[:MAX_QUESTION]


def asked(question: str) -> frozenset[str]:
    """The stems of the question's words, for `covered`: made once for any number of texts."""
    return frozenset(_stem(word) for word in content_words(question[:MAX_QUESTION])[:MAX_ASKED])


def covered(asked: frozenset[str], texts: Iterable[str]) -> float:
    """Which part of what `asked` returned the texts have, from 0 to 1; 0 if that is nothing."""
    if not asked:
        return 0.0
    said = {_stem(word) for word in {word for text in texts for word in _words(fold(text))}}
    return len(asked & said) / len(asked)


def coverage(question: str, texts: Iterable[str]) -> float:
    """Which part of the question's words the texts have, from 0 to 1; 0 for a question without such words."""
    return covered(asked(question), texts)


def _stem(word: str) -> str:
    """Of a folded word, lightly, for English: "costs" and "cost" are one, "shipping" and "ships" too."""
    if len(word) > 3 and word.isascii():
        if word.endswith(("ies", "ied")):
            word = f"{word[:-3]}y"
        elif word.endswith("s") and not word.endswith(_PLURALS):
            word = word[:-1]
        ending = next((one for one in _ENDINGS if word.endswith(one) and len(word) > len(one) + 2), "")
        word = word.removesuffix(ending)
        if len(word) > 3 and word[-1] == word[-2]:
            word = word[:-1]
        elif len(word) > 4:
            word = word.removesuffix("e")
    return word[:STEM]


def _words(folded: str) -> list[str]:
    """Also pairs of characters of scripts without spaces."""
    return [*_WORD.findall(cut.spaced(folded)), *cut.pairs(folded, "en")]
