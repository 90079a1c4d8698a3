"""Ids are UUIDv7."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from core import ids


def test_an_id_is_a_uuid_of_version_seven_that_begins_with_the_time() -> None:
    made = ids.make(0x0123456789AB)
    assert len(made) == 16
    assert made[:6].hex() == "0123456789ab"
    assert uuid.UUID(bytes=made).version == 7
    assert uuid.UUID(bytes=made).variant == uuid.RFC_4122


def test_later_ids_sort_later_and_are_unique() -> None:
    made = [ids.make(at) for at in range(1_000)]
    assert sorted(made) == made
    assert len({ids.make(1) for _ in range(1_000)}) == 1_000


FROZEN = 1_764_000_000_000  # ms since the epoch


def test_with_a_frozen_clock_each_id_is_above_the_one_before() -> None:
    made = [ids.make(FROZEN) for _ in range(20_000)]
    assert made == sorted(set(made))
    assert {one[:6] for one in made} == {made[0][:6]}
    assert all(uuid.UUID(bytes=one).version == 7 for one in made)
    assert {uuid.UUID(bytes=one).variant for one in made} == {uuid.RFC_4122}


def test_a_clock_set_back_by_minutes_does_not_set_the_ids_back() -> None:
    sequence = ids.Sequence()
    made = [sequence.make(FROZEN - back) for back in (0, 1, 600_000, 5, 0)] + [sequence.make(FROZEN + 1)]
    assert made == sorted(set(made))
    assert int.from_bytes(made[-1][:6], "big") == FROZEN + 1


def test_a_clock_that_is_corrected_by_more_than_an_hour_is_followed() -> None:
    sequence = ids.Sequence()
    sequence.make(FROZEN)
    corrected = FROZEN - ids.CLOCK_CORRECTION - 1
    assert int.from_bytes(sequence.make(corrected)[:6], "big") == corrected


def test_when_the_random_bits_of_a_millisecond_are_used_up_the_next_one_is_borrowed() -> None:
    sequence = ids.Sequence()
    first = sequence.make(FROZEN)
    sequence._noise = (1 << ids.NOISE_BITS) - 1
    made = [first, sequence.make(FROZEN), sequence.make(FROZEN)]
    assert made == sorted(set(made))
    assert all(uuid.UUID(bytes=one).version == 7 for one in made)
    assert [int.from_bytes(one[:6], "big") - FROZEN for one in made] == [0, 1, 1]


def test_threads_never_make_the_same_id() -> None:
    sequence = ids.Sequence()
    with ThreadPoolExecutor(4) as pool:
        lists = list(pool.map(lambda _: [sequence.make(FROZEN) for _ in range(2_000)], range(4)))
    assert all(one == sorted(one) for one in lists)
    assert len({made for one in lists for made in one}) == 8_000


def test_the_text_of_an_id_round_trips() -> None:
    made = ids.make()
    assert ids.parse(ids.text(made)) == made


@pytest.mark.parametrize(
    "text", ["", "x", "{00000000-0000-7000-8000-000000000001}", "0" * 32, "urn:uuid:" + "0" * 32]
)
def test_only_canonical_text_is_an_id(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the message is uuid's own
        ids.parse(text)
