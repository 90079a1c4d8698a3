"""Ids are UUIDv7."""

import uuid

import pytest

from core import ids


def test_an_id_is_a_uuid_of_version_seven_that_begins_with_the_time() -> None:
    made = ids.make(0x0123456789AB)
    assert len(made) == 16
    assert made[:6].hex() == "0123456789ab"
    assert uuid.UUID(bytes=made).version == 7
    assert uuid.UUID(bytes=made).variant == uuid.RFC_4122


def test_ids_made_later_sort_later_and_none_is_made_twice() -> None:
    made = [ids.make(at) for at in range(1_000)]
    assert sorted(made) == made
    assert len({ids.make(1) for _ in range(1_000)}) == 1_000


def test_text_goes_there_and_back() -> None:
    made = ids.make()
    assert ids.parse(ids.text(made)) == made


@pytest.mark.parametrize(
    "text", ["", "x", "{00000000-0000-7000-8000-000000000001}", "0" * 32, "urn:uuid:" + "0" * 32]
)
def test_only_canonical_text_is_an_id(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  uuid says it in its own words
        ids.parse(text)
