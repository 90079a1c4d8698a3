"""Which words of a text and a question count."""

import pytest

from core.knowledge import ranking, words


def test_a_language_has_the_configuration_of_its_first_subtag() -> None:
    assert [words.configuration(one) for one in ("en", "en-GB", "pt_BR", "DE", "vi", "zh-Hant", "xx")] == [
        "english", "english", "portuguese", "german", "simple", "simple", "simple",
    ]  # fmt: skip


def test_neighbours_are_words_where_postgres_has_no_dictionary() -> None:
    assert words.pairs("hoan tien, vao the\nngay", "vi") == ["hoan tien", "vao the"]
    assert words.pairs("send the money", "en") == []


def test_scripts_without_spaces_are_cut_into_pairs_of_characters() -> None:
    assert words.pairs("我要退款", "zh") == ["我要", "要退", "退款"]
    assert words.pairs("abc 退款 x", "en") == ["退款"]
    assert words.spaced("abc退款x").split() == ["abc", "x"]


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("refudn", ["refund", "round", "refunds"], ["refund"]),  # neighbours changed places
        ("adress", ["address", "dress"], ["address", "dress"]),
        ("invoi", ["invoice", "invite"], ["invoice"]),  # not finished yet
        ("deliveryy", ["delivery"], ["delivery"]),
        ("abcd", ["wxyz", "abxy"], []),
        ("custmoization", ["customization"], ["customization"]),
    ],
)
def test_a_misspelt_word_means_those_that_are_near(
    word: str, candidates: list[str], meant: list[str]
) -> None:
    assert ranking.like(word, candidates) == meant


def test_a_rare_word_says_more_than_a_common_one() -> None:
    weights = [ranking.weight(chunks, of=1_000) for chunks in (1, 10, 500, 1_000)]
    assert weights == sorted(weights, reverse=True) and weights[-1] > 0


def test_what_two_lists_agree_on_comes_first() -> None:
    assert next(iter(ranking.fused(["a", "b", "c"], ["d", "b"]))) == "b"
    assert list(ranking.fused(["a", "b"])) == ["a", "b"]
    assert ranking.fused() == {}
