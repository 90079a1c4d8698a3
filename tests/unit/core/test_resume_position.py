"""Which position of a client the resume log answers, one ahead of the server included."""

import msgspec
import pytest

from core.bus import resume_log
from core.events import MessagePosted
from core.ids import ConversationId, MessageId, ProjectId, VisitorId

CONVERSATION = ConversationId(b"c" * 16)


@pytest.mark.parametrize(
    ("have", "last", "whole"),
    [
        (9, 9, True),
        (9, 0, False),  # Redis does not know
        (9, 5, False),  # counted by a server that is no more
        (4, 5, False),  # more is missing than is kept
        (0, 0, False),
    ],
)
def test_without_events_a_client_is_whole_only_at_the_servers_own_position(
    have: int, last: int, whole: bool
) -> None:
    found = resume_log.missed(CONVERSATION, have, last=last, log=[])
    assert (found.whole, found.last_seq, found.events) == (whole, last, [])


def test_events_below_a_clients_position_are_no_news_to_it_and_it_is_not_whole() -> None:
    kept = [log_entry(seq) for seq in (4, 5)]
    found = resume_log.missed(CONVERSATION, 9, last=5, log=kept)
    assert (found.whole, found.events) == (False, [])


def log_entry(seq: int) -> bytes:
    """As the relay keeps it."""
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
