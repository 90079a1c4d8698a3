"""Commands, events and room batches that the tests of the bus send."""

from collections.abc import Awaitable, Callable

from core import events, ids
from core.bus.connection import Redis
from core.bus.rooms import LogEntry, RoomBatch
from core.commands import PostMessage
from core.events import MessagePosted
from core.ids import ConversationId, MessageId, ProjectId, Ref, VisitorId
from core.model import Author

Work = Callable[[Redis], Awaitable[None]]
On = Callable[[Work], None]
PROJECT = ProjectId(ids.make())


def post(visitor: VisitorId, body: str = "hello") -> PostMessage:
    some = ids.make()
    return PostMessage(
        PROJECT, Author("visitor", visitor), Ref(some), MessageId(some), None, "text", body, {}, 0
    )


def people(count: int) -> list[VisitorId]:
    return [VisitorId(ids.make()) for _ in range(count)]


def posted(conversation: ConversationId, visitor: VisitorId, seq: int) -> bytes:
    some = ids.make()
    return events.encode(
        MessagePosted(
            PROJECT,
            conversation,
            seq,
            visitor,
            MessageId(some),
            Ref(some),
            "visitor",
            visitor,
            "V",
            0,
            "text",
            "t",
            {},
            None,
        )
    )


def room_batch(conversation: ConversationId, visitor: VisitorId, seqs: range) -> RoomBatch:
    items = [posted(conversation, visitor, seq) for seq in seqs]
    return RoomBatch(PROJECT, items, [LogEntry(conversation, visitor, seqs[-1], items)])
