"""Parts of articles: their numbers, the marks of a citation, and which articles an answer cites."""

from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core import content
from core.assistant.passages import (
    MAX_KEPT,
    Passage,
    added,
    cited,
    numbered,
    sources,
    without_marks,
)
from core.content import MAX_BYTES, AssistantTurn, Source

A, B, C = (bytes([number]) * 16 for number in (1, 2, 3))


def part(article: bytes, text: str = "text", url: str = "", title: str = "Title") -> Passage:
    return Passage(article, 2, title, url, "Heading", text)


GIVEN = (part(A), part(B, "one"), part(A, "more"), part(C))


def test_parts_of_one_article_have_its_number() -> None:
    assert [number for number, _ in numbered(GIVEN)] == [1, 2, 1, 3]


def test_what_is_found_later_changes_no_number() -> None:
    both = added(GIVEN, (part(B, "one"), part(bytes(16), "new")))
    assert both[:4] == GIVEN
    assert [number for number, _ in numbered(both)] == [1, 2, 1, 3, 4]
    many = added(GIVEN, (part(A, str(number)) for number in range(50)))
    assert len(many) == MAX_KEPT


@pytest.mark.parametrize(
    ("text", "numbers", "shown"),
    [
        ("Three days [1].", (1,), "Three days."),
        ("Three days [2][1], or four [2].", (2, 1), "Three days, or four."),
        ("Three days [1, 3].", (1, 3), "Three days."),
        ("[3] Three days", (3,), " Three days"),
        ("Never [9].", (), "Never."),
        ("See [here](https://a.example) or x[100].", (), "See [here](https://a.example) or x[100]."),
        ("No marks", (), "No marks"),
    ],
)
def test_marks_name_articles_and_are_not_shown(text: str, numbers: tuple[int, ...], shown: str) -> None:
    assert cited(text, GIVEN) == numbers
    assert without_marks(text) == shown


@given(st.text(alphabet="ab [],123\n(", max_size=60))
@example("[[1]2]")
def test_what_is_shown_while_it_arrives_only_grows(text: str) -> None:
    whole = without_marks(text)
    last = ""
    for end in range(len(text) + 1):
        shown = without_marks(text[:end], whole=False)
        assert shown.startswith(last)
        assert whole.startswith(shown)
        last = shown


def test_an_answer_has_the_articles_that_it_was_given_and_cites() -> None:
    url = "https://shop.example/a"
    some = (part(A, url=url), part(B), part(A, "more", url=url))
    assert sources(some, (2, 1, 2, 7)) == (
        Source(UUID(bytes=B), 2, "Title"),
        Source(UUID(bytes=A), 2, "Title", url),
    )
    assert sources((), (1,)) == ()


def test_the_longest_sources_fit_into_a_message() -> None:
    some = tuple(
        part(bytes([n]) * 16, title="\U0001f600" * 200, url="https://ö.example/" * 50) for n in range(9)
    )
    found = sources(some, range(1, 10))
    assert len(found) == content.MAX_SOURCES
    packed = content.packed(AssistantTurn(UUID(bytes=A), False, found))
    assert memoryview(packed).nbytes <= MAX_BYTES
    long = sources((part(A, url="https://a.example/" + "ö" * 600),), (1,))
    assert long[0].url == ""
