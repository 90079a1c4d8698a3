"""The words of texts, what a query asks of them, and the line that a result shows."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.search import query, words
from core.search.snippets import BEFORE, MAX_LENGTH, snippet
from core.text.folding import fold

TEXTS = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("aeiou ăâđêôơưđàảãạ你好吗ガッｶﾞ👍🏽\u200d\u0301\u0302'\\%_~/:&|!<>()\"*"),
    )
)


def of(text: str) -> list[str]:
    return [word.text for word in words.words(text)]


def finds(asked: str, text: str) -> bool:
    """As Postgres answers: each term's words one after the other, the last perhaps the beginning of one."""
    read = query.read(asked)
    return bool(read.terms) and all(query.places(query.Query((term,)), text) for term in read.terms)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Café crème", ["cafe", "creme"]),
        ("Đà Nẵng", ["da", "nang"]),
        (unicodedata.normalize("NFD", "Đà Nẵng"), ["da", "nang"]),
        ("你好吗", ["你好", "好吗", "吗"]),
        ("iPhone手机", ["iphone", "手机", "机"]),
        ("👍🏽 ❤️", ["👍", "❤"]),
        ("mai.nguyen@example.com", ["mai", "nguyen", "example", "com"]),
        ("A-0042", ["a", "0042"]),
        ("100% a_b", ["100", "a", "b"]),
        ("नमस्ते", ["नमस्ते"]),
        ("\uff05 ' \\ ~", []),
    ],
)
def test_a_text_has_these_words(text: str, found: list[str]) -> None:
    assert of(text) == found


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("cafe", "Where is the CAFÉ?"),
        ("CAFÉ", "a cafe, please"),
        ("da nang", "Giao đến Đà Nẵng"),
        ("Đà Nẵng", "giao den da nang"),
        ("好", "你好"),
        ("好吗", "你好吗?"),
        ("你好", "你好吗"),
        ("👍", "thanks 👍🏽"),
        ("refu", "a refund"),
        ("nguyen@exam", "write to mai.nguyen@example.com"),
        ("mai.nguyen@example.com", "write to <mai.nguyen@example.com>"),
        ("to write", "write to me"),
        ('"write to"', "please write to me"),
        ('"你好"', "你好吗"),
        ("straße", "Hauptstrasse STRASSE"),
        ("\uff46\uff55\uff4c\uff4c", "full width"),
    ],
)
def test_a_query_finds_a_text(asked: str, text: str) -> None:
    assert finds(asked, text)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("refund", "a refusal"),
        ('"to write"', "write to me"),
        ('"refu"', "a refund"),
        ("to me", "two meals"),  # a short word that others follow is a whole one
        ("mai@example.com", "mai.nguyen@example.com"),
        ("你吗", "你好吗"),
        ("%", "100%"),
        ("_", "a_b"),
        ("", "anything"),
        ('""', "anything"),
    ],
)
def test_a_query_does_not_find_a_text(asked: str, text: str) -> None:
    assert not finds(asked, text)


def test_a_long_query_is_cut() -> None:
    assert len(query.read("word " * 500).terms) == 1
    assert len(query.read(" ".join(f"w{n}" for n in range(50))).terms) == query.MAX_TERMS
    assert all(len(term.words) <= query.MAX_TERM_WORDS for term in query.read("x." * 500).terms)


@given(TEXTS)
@example("\u017f\u0345ΐ")
@example("\U0001d4d0")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_a_text_and_its_other_normal_forms_have_the_same_words(text: str) -> None:
    assert of(unicodedata.normalize("NFC", text)) == of(unicodedata.normalize("NFD", text))


@given(TEXTS)
def test_case_makes_no_difference(text: str) -> None:
    ascii_and_accents = "".join(char for char in text if fold(char.upper()) == fold(char.lower()))
    assert of(ascii_and_accents.upper()) == of(ascii_and_accents.lower())


@given(TEXTS)
def test_words_need_no_quoting_in_postgres(text: str) -> None:
    """Neither as a tsvector nor as a tsquery, and none can be taken for the key of a bucket."""
    for word in of(text):
        assert word
        assert not set(word) & set("'\\~/: \t\n\0")


@given(st.one_of(TEXTS, st.text(st.sampled_from("aB3 _-\n"))))
@example("a" * 50 + " b")
@example("你" * 50)
@example("好 " * words.MAX_WORDS + "end")
@example("A b " * words.MAX_WORDS)
def test_a_document_has_the_words_in_their_order(text: str) -> None:
    """Its quicker way of reading a text finds the same ones."""
    placed: dict[str, list[str]] = {}
    for position, word in enumerate(of(text), 1):
        placed.setdefault(word, []).append(str(position))
    made = words.vector(text, "k").split()
    assert made == [f"'k/{word}':{','.join(where)}" for word, where in placed.items()]


def test_long_runs_are_not_kept() -> None:
    """Ten thousand messages of one long run each would take gigabytes of a worker."""
    before = words._known_words.cache_info().currsize, words._known_parts.cache_info().currsize
    for number in range(20):
        words.vector(chr(0x4E00 + number) * 3_000, "k")
        list(words.words(chr(0x4E00 + number) * 3_000))
    assert (words._known_words.cache_info().currsize, words._known_parts.cache_info().currsize) == before


@given(TEXTS)
def test_a_text_is_found_by_each_run_of_its_words(text: str) -> None:
    for part in text.split()[:3]:
        if '"' not in part and len(part) <= 40 and of(part):
            assert finds(part, text)


@given(TEXTS, TEXTS)
def test_a_snippet_is_a_line_of_the_text(asked: str, text: str) -> None:
    pieces = snippet(query.read(asked), text)
    line = "".join(piece.text for piece in pieces)
    assert "\n" not in line
    assert len(line) <= MAX_LENGTH + 2
    assert all(piece.text for piece in pieces)
    plain = " ".join(text.split())
    assert " ".join(line.strip("…").split()) in plain or "…" in text or len(text) > MAX_LENGTH


def test_a_snippet_begins_a_little_before_the_first_match() -> None:
    text = "word " * 100 + "Đà Nẵng" + " word" * 100
    pieces = snippet(query.read("da nang"), text)
    assert [piece.text for piece in pieces if piece.match] == ["Đà", "Nẵng"]
    assert pieces[0].text == "…"
    assert len(pieces[1].text) <= BEFORE
    assert pieces[-1].text.endswith("…")


def test_what_is_found_is_a_piece_of_its_own() -> None:
    pieces = snippet(query.read("REFU"), "No refund, <b>no</b> REFUND")
    assert [(piece.text, piece.match) for piece in pieces] == [
        ("No ", False),
        ("refu", True),
        ("nd, <b>no</b> ", False),
        ("REFU", True),
        ("ND", False),
    ]
