"""Which client positions the resume log can answer, also when a client is ahead of the server."""

import msgspec
import pytest

from core.bus import resume_log
from core.bus.resume_log import Have
from core.events import MessagePosted
from core.ids import ConversationId, MessageId, ProjectId, VisitorId

CONVERSATION = ConversationId(b"c" * 16)


@pytest.mark.parametrize(
    ("have", "last", "whole"),
    [
        (9, 9, True),
        (9, 0, False),  # Redis has no position
        (9, 5, False),  # counted by a server that no longer exists
        (4, 5, False),  # more is missing than the log keeps
        (0, 0, False),
    ],
)
def test_without_events_a_client_is_whole_only_at_the_servers_position(
    have: int, last: int, whole: bool
) -> None:
    found = resume_log.missed(Have(CONVERSATION, have), last=last, last_change=None, log=[])
    assert (found.whole, found.last_seq, found.events) == (whole, last, [])


def test_a_client_ahead_of_the_log_gets_no_events_and_is_not_whole() -> None:
    kept = [log_entry(seq) for seq in (4, 5)]
    found = resume_log.missed(Have(CONVERSATION, 9), last=5, last_change=None, log=kept)
    assert (found.whole, found.events) == (False, [])


def log_entry(seq: int) -> bytes:
    """Encoded as the relay logs it."""
    return msgspec.msgpack.encode(
        MessagePosted(
            project=ProjectId(b"p" * 16),
            conversation=CONVERSATION,
            seq=seq,
            visitor=VisitorId(b"v" * 16),
            message=MessageId(bytes([seq]) * 16),
            ref=None,
            author_party="visitor",
            author=b"v" * 16,
            author_name="",
            at=seq,
            kind="text",
            body="hello",
            meta=None,
            origin=None,
        )
    )
