"""Questions: which are one gap, what is kept of them, and whether a text is about one."""

import pytest

from core.knowledge.questions import GOOD_ENOUGH, MAX_KEY, MAX_QUESTION, coverage, key, shown


def test_the_same_words_are_one_gap_whatever_their_order_and_form() -> None:
    wanted = key("Do you ship to Canada?")
    assert wanted == "canada ship"
    for other in ("ship to canada", "Can you SHIP it to Canada please", "Hi! Canada... do you ship?"):
        assert key(other) == wanted
    assert key("Do you ship to Japan?") != wanted


def test_accents_make_no_other_gap() -> None:
    assert key("Shop có giao hàng đi Huế không?") == key("shop co giao hang di hue khong") == "giao hang hue"


def test_a_question_of_empty_words_has_them_as_its_key() -> None:
    assert key("what is it") == "is it what"
    assert key("???") == ""
    assert len(key("wort" * 400)) <= MAX_KEY


def test_addresses_and_numbers_of_people_are_not_kept() -> None:
    text = shown("Where is\nmy parcel 1234 5678?  Write to lan@example.com")
    assert text == "Where is my parcel …? Write to …"
    assert "lan" not in key("Write to lan@example.com about the parcel")
    assert len(shown("x" * 2_000)) == MAX_QUESTION


def test_what_is_only_a_person_s_address_or_number_is_no_question() -> None:
    for text in ("lan@example.com", "+84 912 345 678", "4111 1111 1111 1111", "1234", "12/34/56/78"):
        assert key(text) == "", text
    assert key("lan@example.com 0912345678 refund") == "refund"
    assert "1111" not in key("what is 4111 1111 1111 1111")


def test_a_text_is_about_a_question_when_it_has_its_words() -> None:
    article = ("Delivery", "How long", "A delivery to Germany takes three days.")
    assert coverage("How long do deliveries take?", article) >= GOOD_ENOUGH
    assert coverage("Do you repair bicycles on Mars?", article) < GOOD_ENOUGH
    assert coverage("giao hàng mất bao lâu", ("Giao hàng", "", "Giao hang trong ba ngay")) >= GOOD_ENOUGH
    assert coverage("退款多久", ("退款", "", "三十天内退款")) >= GOOD_ENOUGH
    for empty in ("and so on?", "no", "không", "why?"):
        assert coverage(empty, article) == 0


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("cost", "costs"),
        ("card", "cards"),
        ("fee", "fees"),
        ("shipping", "shipped"),
        ("ship", "shipping"),
        ("payment", "pay"),
        ("deliveries", "deliver"),
        ("address", "addresses"),
        ("charge", "charged"),
        ("policy", "policies"),
        ("sell", "selling"),
    ],
)
def test_forms_of_a_word_are_one(asked: str, said: str) -> None:
    assert coverage(asked, (said,)) == coverage(said, (asked,)) == 1
