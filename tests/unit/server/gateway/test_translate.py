"""Which frames an event becomes for which role, and which parts of a URL are kept."""

import os

import msgspec
import pytest

from core import events, signals
from core.errors import Refusal
from core.ids import NO_SOCKET, ConversationId, MessageId, ProjectId, Ref, UserId, VisitorId
from protocol import from_server
from protocol.codec import JSON, MSGPACK, Codec
from protocol.codes import ErrorCode
from server.gateway import translate

PROJECT, VISITOR, USER = ProjectId(b"p" * 16), VisitorId(b"v" * 16), UserId(b"u" * 16)
TALK = ConversationId(b"c" * 16)


def posted(**given: object) -> events.MessagePosted:
    fields: dict[str, object] = {
        "project": PROJECT,
        "conversation": TALK,
        "seq": 7,
        "visitor": VISITOR,
        "message": MessageId(b"m" * 16),
        "ref": None,
        "author_party": "agent",
        "author": USER,
        "author_name": "Mai",
        "at": 1,
        "kind": "text",
        "body": "hello",
        "meta": {},
        "origin": None,
    }
    return events.MessagePosted(**(fields | given))  # type: ignore[arg-type]


def assigned() -> events.ConversationChanged:
    return events.ConversationChanged(
        PROJECT, TALK, 7, VISITOR, 1, USER, assigned=True, assignee=USER, assignee_name="Mai"
    )


def test_a_visitor_learns_the_assignees_name_and_not_the_id() -> None:
    assert translate.changed(assigned(), for_visitor=True).changes.assignee is None
    assert translate.changed(assigned(), for_visitor=True).changes.assignee_name == "Mai"
    assert translate.changed(assigned(), for_visitor=False).changes.assignee == USER


@pytest.mark.parametrize("codec", [MSGPACK, JSON], ids=["msgpack", "json"])
def test_content_of_any_type_reaches_both_codecs_as_a_map(codec: Codec) -> None:
    """Also of a type that only a later client knows."""
    card = {"type": "card", "lines": [{"of": [1, None, True]}], "at": "01936b2e-8c00-7a00-8000-000000000004"}
    event = events.decode(events.encode(posted(content=msgspec.Raw(msgspec.msgpack.encode(card)))))
    for frame in (
        *translate.replayed(event, for_visitor=True),
        *translate.replayed(event, for_visitor=False),
    ):
        assert isinstance(frame, from_server.Message)
        read = codec.decode_server(codec.encode(frame))
        assert read == frame
        assert isinstance(read, from_server.Message)
        assert read.content == card


@pytest.mark.parametrize(
    "given", [["card"], {"no": "type"}, {"type": "card", "x": b"bytes"}, {"type": "card", "x": "y" * 20_000}]
)
def test_content_out_of_bounds_is_left_out_and_its_message_is_not(given: object) -> None:
    """Any program with access to Redis can publish it."""
    frame = translate.message(posted(content=msgspec.Raw(msgspec.msgpack.encode(given))))
    assert (frame.body, frame.content) == ("hello", None)


def test_an_event_of_an_earlier_release_has_no_content() -> None:
    values = msgspec.msgpack.decode(events.encode(posted()))
    for length in (15, 16):  # up to `origin`, and up to `reopened`
        event = events.decode(msgspec.msgpack.encode(values[:length]))
        assert isinstance(event, events.MessagePosted)
        assert translate.message(event).content is None


def test_a_note_is_replayed_to_agents_only() -> None:
    assert translate.replayed(posted(kind="note"), for_visitor=True) == []
    (frame,) = translate.replayed(posted(kind="note"), for_visitor=False)
    assert isinstance(frame, from_server.Message)


def test_a_reopening_message_is_replayed_with_the_status() -> None:
    first, second = translate.replayed(posted(reopened=True), for_visitor=True)
    assert isinstance(first, from_server.Message)
    assert isinstance(second, from_server.Changed)
    assert second.changes.status == "open"


def test_a_refusal_is_not_replayed() -> None:
    refused = events.CommandRefused(PROJECT, VISITOR, NO_SOCKET, 0, None, Refusal.CLOSED)
    assert translate.replayed(refused, for_visitor=True) == []


# Only an agent's command is refused with these, and its caller gets them over REST.
OF_AGENTS = {Refusal.FORM_OPEN, Refusal.FORM_DISABLED}
OF_COPILOT = {Refusal.TOO_MANY}
OF_VISITORS = [reason for reason in Refusal if reason not in OF_AGENTS | OF_COPILOT]


@pytest.mark.parametrize("reason", OF_VISITORS)
def test_every_refusal_has_a_permanent_code_of_its_own(reason: Refusal) -> None:
    refused = events.CommandRefused(PROJECT, VISITOR, NO_SOCKET, 0, None, reason)
    frame = translate.refused(refused, rid=5)
    assert frame.rid == 5 and frame.temporary is False
    codes = {translate.refused(_with(refused, other), rid=5).code for other in OF_VISITORS}
    assert len(codes) == len(OF_VISITORS) and ErrorCode.INTERNAL not in codes


def test_a_refused_form_says_what_is_wrong_with_each_value() -> None:
    faults = {"size": "required"}
    refused = events.CommandRefused(PROJECT, VISITOR, NO_SOCKET, 0, Ref(b"r" * 16), Refusal.INVALID, faults)
    assert translate.refused(refused, rid=5).details == {"fields": faults}


def test_a_typing_frame_names_the_author_and_the_conversation() -> None:
    signal = signals.Typed(PROJECT, TALK, VISITOR, "agent", USER, "Mai", on=True)
    frame = translate.typing(signal)
    assert (frame.conversation, frame.on, frame.who.name) == (TALK, True, "Mai")


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://shop.example/a?b=1#frag", "https://shop.example/a?b=1"),
        ("https://mai:pw@shop.example:8443/a", "https://shop.example:8443/a"),
        ("https://shop.example/?token=x&a=1&access_token=y", "https://shop.example/?a=1"),
        ("https://shop.example/?password=x&Secret=y&auth=z&api_key=1", "https://shop.example/"),
        ("https://shop.example/?code=x&key=y", "https://shop.example/"),
        ("https://shop.example/?postcode=1&keyword=2", "https://shop.example/?postcode=1&keyword=2"),
        ("http://[::1]:80/a", "http://[::1]:80/a"),
        (
            "https://shop.example/giày/đỏ?màu=đỏ",
            "https://shop.example/gi%C3%A0y/%C4%91%E1%BB%8F?m%C3%A0u=%C4%91%E1%BB%8F",
        ),
        ("https://shop.example/a%20b;c=1,2(3)é", "https://shop.example/a%20b;c=1,2(3)%C3%A9"),
        ("https://shop.example/?a=1&b=" + "x" * 1990, "https://shop.example/?a=1"),
        ("https://shop.example/" + "é" * 1_000, "https://shop.example/" + "%C3%A9" * 329 + "%C3"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("https://", ""),
        ("https://shop.example:99999/", ""),
        ("http://[/", ""),
        ("", ""),
    ],
)
def test_a_url_is_kept_without_its_secrets(url: str, clean: str) -> None:
    assert translate.clean_url(url) == clean


def test_any_text_is_cleaned_without_an_error() -> None:
    for _ in range(300):
        translate.clean_url("https://" + os.urandom(30).decode("latin-1"))


def _with(event: events.CommandRefused, reason: Refusal) -> events.CommandRefused:
    return events.CommandRefused(event.project, event.visitor, event.origin, event.rid, event.ref, reason)
