"""Visitor keys: how long they are valid, clock skew, and forgeries."""

import base64

import pytest

from core import ids
from core.identity import visitor_keys
from core.ids import ProjectId, VisitorId

SECRET = "a secret of at least thirty-two characters"
PROJECT = ProjectId(ids.make())
VISITOR = VisitorId(ids.make())
NOW = 1_800_000_000_000
KEY = visitor_keys.sign_visitor_key(SECRET, PROJECT, VISITOR, NOW)


def test_a_key_identifies_its_visitor_for_a_year() -> None:
    assert visitor_keys.read_visitor_key(SECRET, KEY, PROJECT, NOW) == VISITOR
    assert visitor_keys.read_visitor_key(SECRET, KEY, PROJECT, NOW + visitor_keys.VALID - 1) == VISITOR
    with pytest.raises(visitor_keys.InvalidKey):
        visitor_keys.read_visitor_key(SECRET, KEY, PROJECT, NOW + visitor_keys.VALID)


def test_a_key_is_stale_after_a_day() -> None:
    assert not visitor_keys.stale(SECRET, KEY, PROJECT, NOW + visitor_keys.FRESH)
    assert visitor_keys.stale(SECRET, KEY, PROJECT, NOW + visitor_keys.FRESH + 1)


def test_a_key_from_a_clock_far_ahead_is_refused_and_one_slightly_ahead_is_not() -> None:
    assert visitor_keys.read_visitor_key(SECRET, KEY, PROJECT, NOW - visitor_keys.SKEW) == VISITOR
    with pytest.raises(visitor_keys.InvalidKey):
        visitor_keys.read_visitor_key(SECRET, KEY, PROJECT, NOW - visitor_keys.SKEW - 1)


def test_servers_whose_clocks_are_twenty_minutes_apart_accept_each_others_keys() -> None:
    assert visitor_keys.read_visitor_key(SECRET, KEY, PROJECT, NOW - 20 * 60 * 1000) == VISITOR
    assert visitor_keys.read_visitor_key(SECRET, KEY, PROJECT, NOW + 20 * 60 * 1000) == VISITOR


def test_a_key_of_another_project_or_secret_is_refused() -> None:
    with pytest.raises(visitor_keys.InvalidKey):
        visitor_keys.read_visitor_key(SECRET, KEY, ProjectId(ids.make()), NOW)
    with pytest.raises(visitor_keys.InvalidKey):
        visitor_keys.read_visitor_key(SECRET + "x", KEY, PROJECT, NOW)


def test_any_changed_bit_is_detected() -> None:
    raw = base64.urlsafe_b64decode(KEY + "=" * (-len(KEY) % 4))
    for place in range(len(raw) * 8):
        forged = bytearray(raw)
        forged[place // 8] ^= 1 << (place % 8)
        text = base64.urlsafe_b64encode(forged).rstrip(b"=").decode()
        with pytest.raises(visitor_keys.InvalidKey):
            visitor_keys.read_visitor_key(SECRET, text, PROJECT, NOW)


@pytest.mark.parametrize(
    "key",
    ["", "=", "a", "é" * 20, "!" * 98, KEY[:-1], KEY + "AAAA", KEY + " ", " " + KEY],
    ids=["empty", "padding", "short", "accents", "marks", "cut", "longer", "space after", "space before"],
)
def test_any_other_text_is_refused(key: str) -> None:
    with pytest.raises(visitor_keys.InvalidKey):
        visitor_keys.read_visitor_key(SECRET, key, PROJECT, NOW)
