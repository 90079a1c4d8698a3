"""Answers from the parts of articles that a request has, and declines what they do not cover.

A part is data here: what it asks for is not done. Whatever stands in it, the answer is its words or none.
"""

import re
from typing import Final, NamedTuple

from core.assistant.context import COVERED, ELSEWHERE, UNCLEAR
from core.assistant.requests import NOT_COVERED
from core.knowledge import questions
from worker.assistant.scripted.answer import Answer, Call
from worker.assistant.scripted.asked import Asked

COVERS: Final = 0.6  # the least part of the question's words that an article has which answers it
LONG: Final = 320  # code points of a part that is quoted as it is

_DATA: Final = re.compile(re.escape(COVERED) + r".*?<data>\n(.*?)\n</data>", re.DOTALL)
_PART: Final = re.compile(r"^\[(\d{1,2})\] (.*)$", re.MULTILINE)
_HEADING: Final = re.compile(r".*: (.+)$")
_LIST_MARK: Final = re.compile(r"^[ \t]*[-*+] +", re.MULTILINE)
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n+")

_UNCLEAR: Final = ("What would you like to know?", "Bạn muốn hỏi điều gì ạ?")
_ELSEWHERE: Final = (
    "I cannot help with that: I answer questions about this shop. What would you like to know about it?",
    "Mình không giúp được việc đó: mình trả lời câu hỏi về cửa hàng. Bạn muốn biết điều gì ạ?",
)


class _Part(NamedTuple):
    number: int
    title: str
    text: str


def answer(asked: Asked) -> Answer | None:
    """None: the request says nothing about articles or about what the visitor wants."""
    if NOT_COVERED in asked.offered and not asked.after_tools:
        found = _best(asked.message, _parts(asked.system))
        if found is None:
            return Answer(calls=(Call(NOT_COVERED),))
        return Answer(_said(asked.message, found))
    for instruction, texts in ((UNCLEAR, _UNCLEAR), (ELSEWHERE, _ELSEWHERE)):
        if instruction in asked.system:
            return Answer(texts[asked.vietnamese])
    return None


def _parts(system: str) -> list[_Part]:
    found = _DATA.search(system)
    if found is None:
        return []
    heads = list(_PART.finditer(found[1]))
    ends = [head.start() for head in heads[1:]] + [len(found[1])]
    return [
        _Part(int(head[1]), head[2], found[1][head.end() : end].strip())
        for head, end in zip(heads, ends, strict=True)
    ]


def _best(question: str, parts: list[_Part]) -> _Part | None:
    """That with most of the question's words, in its title too; of equal ones the first that was sent."""
    good = [part for part in parts if questions.coverage(question, (part.title, part.text)) >= COVERS]

    def score(part: _Part) -> float:
        return questions.coverage(question, (part.title, part.text)) + questions.coverage(
            question, (part.title,)
        )

    return max(good, key=score, default=None)


def _said(question: str, part: _Part) -> str:
    """Its text, or of a long one the sentence that has most of the question's words and the one after it.

    Under its heading, without which it may say the opposite.
    """
    found = _HEADING.match(part.title)
    heading = "" if found is None else found[1] + (" " if found[1].endswith(("?", "!", ".")) else ": ")
    text = _LIST_MARK.sub("", part.text)
    if len(text) <= LONG:
        return f"{heading}{text} [{part.number}]"
    sentences = [one for one in _SENTENCE.split(text) if one.strip()]
    best = max(range(len(sentences)), key=lambda at: questions.coverage(question, (sentences[at],)))
    return f"{heading}{' '.join(sentences[best : best + 2])} [{part.number}]"
