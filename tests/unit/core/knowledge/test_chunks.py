"""An article is cut at headings, then paragraphs, then sentences, and nothing of it is lost."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.knowledge.chunks import MAX_CHUNKS, MAX_TOKENS, Chunk, chunks, tokens


def test_each_chunk_knows_the_headings_above_it() -> None:
    text = "Before.\n\n# One\nA.\n\n### Deep *down*\nB.\n\n## Two [x](y) ##\nC.\n\n# Last\n\nD."
    assert chunks(text) == [
        Chunk("", "Before."),
        Chunk("One", "A."),
        Chunk("One \u203a Deep down", "B."),
        Chunk("One \u203a Two x", "C."),
        Chunk("Last", "D."),
    ]


def test_underlined_headings_count_too() -> None:
    text = "Title\n=====\n\nA.\n\nPart\n----\nB.\n\n- item\n---\nC."
    assert [(one.heading, one.content) for one in chunks(text)][:2] == [
        ("Title", "A."),
        ("Title \u203a Part", "B.\n\n- item\n---\nC."),
    ]


def test_what_stands_in_a_fence_is_no_heading() -> None:
    text = "# Setup\n```sh\n# install it\nrun\n```\n\n~~~\n# still none\n"
    assert [one.heading for one in chunks(text)] == ["Setup"]


def test_paragraphs_stay_whole_as_far_as_they_fit() -> None:
    paragraphs = [f"Paragraph {number}. " + "word " * 90 for number in range(12)]
    found = chunks("\n\n".join(paragraphs))
    assert 3 <= len(found) <= 6
    assert all(one.content.startswith("Paragraph ") for one in found)


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    found = chunks(" ".join(f"This is sentence number {number} of a long paragraph." for number in range(80)))
    assert len(found) > 2
    assert all(one.content.startswith("This is") and one.content.endswith("paragraph.") for one in found)


def test_a_word_without_end_is_cut() -> None:
    found = chunks("x" * 5_000 + " " + "\U0001f600" * 3_000)
    assert all(tokens(one.content) <= MAX_TOKENS for one in found)
    assert len("".join(one.content for one in found).replace(" ", "")) == 8_000


def test_an_article_of_nothing_but_headings_has_no_chunks() -> None:
    assert chunks("") == [] and chunks("# One\n\n## Two\n") == [] and chunks(" \n\n \n") == []


def test_the_longest_article_has_a_bounded_number_of_chunks() -> None:
    assert len(chunks("# a\nb\n" * 33_000)) == MAX_CHUNKS


@pytest.mark.parametrize(
    "content",
    ["# a" + " " * 40_000 + "x", "# a" + " #" * 20_000 + "x", "# " + "[" * 40_000, "# " + "[](" * 13_000],
    ids=["blanks", "signs", "brackets", "addresses"],
)
def test_no_heading_takes_time_that_grows_with_its_square(content: str) -> None:
    began = time.process_time()
    chunks(content)
    assert time.process_time() - began < 2


@given(
    st.lists(
        st.sampled_from(["# H\n", "text. ", "\n\n", "- item\n", "```\n", "| a | b |\n", "Wort ", "字。"]),
        max_size=60,
    )
)
def test_nothing_is_lost_and_no_chunk_is_too_large(parts: list[str]) -> None:
    text = "".join(parts)
    found = chunks(text)
    assert all(tokens(one.content) <= MAX_TOKENS and one.content.strip() for one in found)
    spaces = re.compile(r"\s+")
    if "#" not in text:
        assert spaces.sub("", "".join(one.content for one in found)) == spaces.sub("", text)
