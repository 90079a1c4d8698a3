"""Quiet hours on the wall clock of the agent, the size of a payload, and the tests' own decoder."""

import base64
import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.notifications.payloads import MAX_BODY, MAX_PAYLOAD, MAX_TITLE, Payload, encode
from core.notifications.preferences import Preferences, is_quiet
from tests.push_service import Browser
from worker.push import attempt

NIGHT = Preferences(quiet_from=22 * 60, quiet_until=7 * 60)
LUNCH = Preferences(quiet_from=12 * 60, quiet_until=13 * 60)
WEEKEND = Preferences(quiet_days=(5, 6))


def at(text: str, zone: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("preferences", "zone", "local", "quiet"),
    [
        (NIGHT, "Asia/Ho_Chi_Minh", "2026-03-02T21:59:59", False),
        (NIGHT, "Asia/Ho_Chi_Minh", "2026-03-02T22:00:00", True),
        (NIGHT, "Asia/Ho_Chi_Minh", "2026-03-03T06:59:59", True),
        (NIGHT, "Asia/Ho_Chi_Minh", "2026-03-03T07:00:00", False),
        (LUNCH, "UTC", "2026-03-02T11:59", False),
        (LUNCH, "UTC", "2026-03-02T12:00", True),
        (LUNCH, "UTC", "2026-03-02T13:00", False),
        # The same wall-clock times before and after the clocks change.
        (NIGHT, "Europe/Berlin", "2026-03-28T22:30", True),
        (NIGHT, "Europe/Berlin", "2026-03-29T06:30", True),
        (NIGHT, "Europe/Berlin", "2026-03-29T07:30", False),
        (WEEKEND, "America/New_York", "2026-03-06T23:59", False),
        (WEEKEND, "America/New_York", "2026-03-07T00:00", True),
        (WEEKEND, "America/New_York", "2026-03-09T00:00", False),
        (Preferences(), "UTC", "2026-03-02T03:00", False),
    ],
)
def test_quiet_hours_are_those_of_the_agents_zone(
    preferences: Preferences, zone: str, local: str, quiet: bool
) -> None:
    assert is_quiet(preferences, timezone=zone, now=at(local, zone)) is quiet


def test_muting_ends_by_itself_and_an_unknown_zone_is_utc() -> None:
    muted = Preferences(muted_until=1_000_000)
    assert is_quiet(muted, timezone="UTC", now=999_999)
    assert not is_quiet(muted, timezone="UTC", now=1_000_000)
    assert is_quiet(NIGHT, timezone="Mars/Phobos", now=at("2026-03-02T23:00", "UTC"))


def payload(title: str, body: str) -> Payload:
    id = "01936b2e-8c00-7a00-8000-0000000000d1"
    return Payload(id=id, project=id, conversation=id, title=title, body=body, tag=id, at=2**45)


@given(st.text(max_size=400), st.text(max_size=6000))
def test_a_payload_fits_whatever_was_written(title: str, body: str) -> None:
    made = encode(payload(title, body))
    read = json.loads(made)
    assert len(made) <= MAX_PAYLOAD
    assert len(read["title"]) <= MAX_TITLE and len(read["body"]) <= MAX_BODY
    assert not any(ord(one) < 32 for one in read["title"] + read["body"])


def test_the_longest_escapes_fit_too() -> None:
    assert len(encode(payload('"\\' * 300, "\U0001f600" * 5000))) <= MAX_PAYLOAD


def test_the_decoder_of_the_tests_reads_the_example_of_the_rfc() -> None:
    """RFC 8291, appendix A."""

    def raw(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    browser = Browser(
        int.from_bytes(raw("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), "big"),
        raw("BTBZMqHH6r4Tts7J_aSIgg"),
    )
    body = raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.decrypt(body) == b"When I grow up, I want to be a watermelon"


def test_whom_push_services_may_write_to() -> None:
    assert attempt.contact("chat@shop.example", "https://chat.shop.example") == "mailto:chat@shop.example"
    assert attempt.contact("parley@localhost", "https://chat.shop.example") == "https://chat.shop.example"
    assert attempt.contact("", "http://127.0.0.1:8000") == "mailto:parley@localhost"


def test_a_topic_fits_and_differs_by_conversation_and_browser() -> None:
    topics = {attempt.topic(one, two) for one in (b"a", b"b") for two in (b"c", b"d")}
    assert len(topics) == 4 and {len(one) for one in topics} == {32}
