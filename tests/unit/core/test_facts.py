"""Facts: what a page may say about its visitor, and what is stored of it."""

import json

import pytest

from core.model import Meta
from core.text.facts import MAX_BYTES, MAX_FACTS, MAX_NAME, merged, name_in


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Jonas Weber", "Jonas Weber"),
        ("  Trần Thị Mai \n", "Trần Thị Mai"),
        ("a\tb\r\nc", "a b c"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("Mai\u2066 \u2069Tran\u200f", "Mai Tran"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("x" * 200, "x" * MAX_NAME),
        ("é" * 49 + " " + "y" * 9, "é" * 49),
        ("\u0301", None),
        ("\u200b\u2060\ufeff", None),
        ("   ", None),
        ("", None),
        (7, None),
        (True, None),
        (None, None),
    ],
)
def test_a_name_is_one_visible_line_of_at_most_fifty_characters(
    given: str | int | None, name: str | None
) -> None:
    assert name_in({"name": given}) == name


def test_without_a_name_fact_there_is_no_name() -> None:
    assert name_in({"email": "jonas@example.com"}) is None


@pytest.mark.parametrize(
    ("known", "given", "kept"),
    [
        ({}, {"name": "Jonas"}, {"name": "Jonas"}),
        ({"name": "Jonas"}, {"name": "Jonas"}, None),
        ({"name": "Jonas", "plan": "pro"}, {"name": "Jonas"}, None),
        ({"name": "Jonas"}, {"plan": "pro"}, {"name": "Jonas", "plan": "pro"}),
        ({"name": "Jonas", "plan": "pro"}, {"plan": None}, {"name": "Jonas"}),
        ({"name": "Jonas"}, {"plan": None}, None),
        ({"name": "Jonas"}, {"plan": ""}, None),
        ({"vip": 1}, {"vip": True}, {"vip": True}),
        ({}, {"pl\u202ean": "a\u0007b"}, {"plan": "a b"}),
        ({}, {"": "x", "\u0001": "y"}, None),
        ({}, {}, None),
    ],
)
def test_facts_are_merged_and_an_unchanged_set_is_none(known: Meta, given: Meta, kept: Meta | None) -> None:
    assert merged(known, given) == kept


def test_of_too_many_facts_the_name_and_the_newest_are_kept() -> None:
    known: Meta = {f"old{n}": n for n in range(MAX_FACTS)}
    given: Meta = {f"new{n}": n for n in range(MAX_FACTS - 2)} | {"email": "j@example.com", "name": "Jonas"}
    kept = merged(known, given)
    assert kept is not None
    assert set(kept) == set(given)


def test_facts_are_limited_in_bytes_and_a_full_set_is_not_written_again_and_again() -> None:
    given: Meta = {f"k{n}": "ế" * 1_000 for n in range(MAX_FACTS)} | {"name": "Jonas"}
    kept = merged({}, given)
    assert kept is not None
    assert kept["name"] == "Jonas"
    assert len(json.dumps(kept, ensure_ascii=False).encode()) <= MAX_BYTES
    assert merged(kept, given) is None
