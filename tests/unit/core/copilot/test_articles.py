"""An article is compared with any question in a moment: that is done between other work of the worker."""

import time

import pytest

from core.copilot.articles import MAX_CHUNKS, parts
from core.knowledge import chunks
from core.text import personal_data

ARTICLE = "\n\n".join(f"# Chapter {n}\n\nAbout case {n}. " + "word " * 230 for n in range(MAX_CHUNKS + 10))
LONG = 10_000  # code points
MOMENT = 0.5  # seconds


@pytest.mark.parametrize("sign", ["退货政策是什么呢请告诉我", "a", "@", "a@", "1 "])
def test_a_long_question_takes_a_moment(sign: str) -> None:
    assert len(chunks.chunks(ARTICLE)) >= MAX_CHUNKS
    question = (sign * LONG)[:LONG]
    began = time.process_time()
    parts("Returns", ARTICLE, question)
    personal_data.without_contacts(question)
    personal_data.without_numbers(question)
    assert time.process_time() - began < MOMENT


def test_the_chunks_about_the_question_come_first() -> None:
    asked = ARTICLE.replace("About case 150.", "The refund of bicycles.")
    chosen = parts("Returns", asked, "How is the refund for a bicycle?")
    assert any("The refund of bicycles." in one.text for one in chosen)
    assert not any("The refund of bicycles." in one.text for one in parts("Returns", asked, "A kettle?"))
