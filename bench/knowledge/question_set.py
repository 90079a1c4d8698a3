"""The set: articles of a real handbook in two languages, questions in other words, and many more articles.

The articles are the beginnings of pages of LibreOffice's help (see data/NOTICE). The questions were written
for them as people ask in a chat, with typing mistakes, and Vietnamese with and without accents. There are two
kinds. Who asks `plain` knows some of the handbook's terms and builds other sentences. `synonyms` avoid its
terms: "minus values" for "negative numbers"; where no word is shared, words alone cannot find the article.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

DATA: Final = Path(__file__).parent / "data"
LANGUAGES: Final = ("en", "vi")
KINDS: Final = ("plain", "synonyms")
PARTS: Final = 6  # paragraphs of an article that is made up


class Article(msgspec.Struct, frozen=True):
    """`id`: the page that it comes from. `content`: Markdown."""

    id: str
    title: str
    content: str


class Question(msgspec.Struct, frozen=True):
    """`article`: the page that answers it."""

    kind: Literal["plain", "synonyms"]
    question: str
    article: str


def articles(language: str) -> list[Article]:
    lines = (DATA / f"articles.{language}.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Article) for line in lines]


def questions(language: str) -> list[Question]:
    lines = (DATA / f"questions.{language}.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Question) for line in lines]


def made_up(real: Sequence[Article], count: int, *, seed: int) -> Iterator[Article]:
    """Articles of the paragraphs of real ones, mixed: as many words as a large project has, as common."""
    chance = random.Random(seed)
    paragraphs = [part for one in real for part in one.content.split("\n\n") if not part.startswith("#")]
    for number in range(count):
        parts = chance.sample(paragraphs, PARTS)
        title = f"{chance.choice(real).title} {number}"
        yield Article(f"made-up-{number}", title, "\n\n".join(parts))
