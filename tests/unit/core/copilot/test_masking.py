"""Customers' names, addresses and numbers are masked; what only looks like one stays."""

import time

import pytest

from core.copilot.masking import Said, masked, quotes, without_quotes
from core.text.personal_data import MASK


@pytest.mark.parametrize(
    "text",
    [
        "write to mai.tran+shop@mail.example.co.uk",
        "call +84 912 345 678",
        "call 0912345678 now",
        "call (028) 3823-4567",
        "it is +1-202-555-0175.",
    ],
)
def test_addresses_and_numbers_are_masked(text: str) -> None:
    made = masked(text, [])
    assert MASK in made
    assert not any(part in made for part in ("@", "912", "3823", "0175"))


@pytest.mark.parametrize(
    "text", ["open since 2019", "300 € for 12 pieces", "24/7", "#20261130", "version 1.2.3", "10:30 to 17:00"]
)
def test_other_numbers_stay(text: str) -> None:
    assert masked(text, []) == text


def test_names_are_masked_whole_and_in_parts_but_not_within_words() -> None:
    assert masked("Mai said, mai's Maine, TRẦN", ["Mai Trần"]) == f"{MASK} said, {MASK}'s Maine, {MASK}"
    assert masked("A is a letter", ["A"]) == "A is a letter"
    assert masked("An said an apple, Nguyễn An", ["An"]) == f"{MASK} said an apple, Nguyễn {MASK}"
    assert masked("an apple for Lê An", ["Lê An"]) == f"an apple for {MASK}"


def test_a_quote_is_cut_out_and_what_is_around_it_stays() -> None:
    said = ["the parcel came broken and the glue was still wet"]
    text = "Customers told us: the parcel came broken and the glue was still wet. We listen."
    assert without_quotes(text, Said(said)) == f"Customers told us: {MASK}. We listen."


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (
            "这个蓝色的花盆第一天就碎了我真的非常非常伤心想退货",
            "她说这个蓝色的花盆第一天就碎了我真的非常非常伤心想退货",
        ),
        (
            "这个蓝色的花盆第一天就碎了我真的非常非常伤心想退货",
            "她说:这个蓝色的花盆第一天就碎了,我真的非常非常伤心想退货",
        ),
        ("这个蓝色的花盆第一天就碎了", "她说这个蓝色的花盆第一天就碎了真好"),
        ("กระถางสีน้ำเงินแตกตั้งแต่วันแรกฉันเสียใจมาก", "กระถางสีน้ำเงินแตกตั้งแต่วันแรกฉันเสียใจมาก"),
        ("the blue pot broke on day one", "\u201cThe blue pot broke on day one!\u201d she said"),
        ("my pot is broken", "they say: my pot is broken."),
    ],
)
def test_a_text_without_spaces_and_a_whole_short_message_are_quotes(said: str, text: str) -> None:
    assert quotes(text, Said([said]))
    made = without_quotes(text, Said([said]))
    assert MASK in made and not quotes(made, Said([said]))


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("the blue pot broke on day one", "the blue pot broke on day two"),
        ("thank you", "we say thank you"),
        ("这个蓝色的花盆", "我们的这个蓝色的花盆很好看"),
        ("这个蓝色的花盆第一天就碎了我真的非常非常伤心想退货", "这个蓝色的花盆第一天很好看"),
    ],
)
def test_a_part_of_a_short_message_and_a_few_words_are_none(said: str, text: str) -> None:
    assert not quotes(text, Said([said]))
    assert without_quotes(text, Said([said])) == text


def test_a_short_message_is_a_quote_at_the_end_of_a_text_too() -> None:
    said = Said(["i want my money back now", "my pot is broken"])
    assert without_quotes("they say my pot is broken", said) == f"they say {MASK}"


def test_a_long_conversation_is_compared_in_linear_time() -> None:
    said = [chr(0x4E00 + number) * 3 + "你好吗" * 1_600 for number in range(30)]
    began = time.process_time()
    of_visitor = Said(said)
    for _ in range(20):
        assert not quotes("a word " * 100, of_visitor)
    assert time.process_time() - began < 3
