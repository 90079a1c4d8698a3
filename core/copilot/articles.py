"""What the copilot sees of an article: all of a short one, else its beginning and what is asked about."""

from typing import Final

from core.copilot.context import BUDGET, SOURCE_SHARE, Part
from core.knowledge import chunks, questions
from core.knowledge.chunks import Chunk

ROOM: Final = round(BUDGET * SOURCE_SHARE)  # tokens
MAX_CHUNKS: Final = 200  # that are compared with the question


def parts(title: str, content: str, question: str) -> tuple[Part, ...]:
    """In the order of the article. Its first chunk says what it is about, and is always there."""
    if chunks.tokens(content) <= ROOM:
        return (Part(title, content),)
    asked = questions.asked(question)
    all_of_it = chunks.chunks(content)[:MAX_CHUNKS]
    ranked = sorted(
        range(1, len(all_of_it)),
        key=lambda number: (-_says(asked, all_of_it[number]), number),
    )
    chosen, left = [0], ROOM - chunks.tokens(all_of_it[0].content)
    for number in ranked:
        left -= chunks.tokens(all_of_it[number].content)
        if left < 0:
            break
        chosen.append(number)
    return tuple(_part(title, all_of_it[number]) for number in sorted(chosen))


def _says(asked: frozenset[str], chunk: Chunk) -> float:
    return questions.covered(asked, (chunk.heading, chunk.content))


def _part(title: str, chunk: Chunk) -> Part:
    return Part(title + chunks.BETWEEN + chunk.heading if chunk.heading else title, chunk.content)
