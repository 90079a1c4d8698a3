"""Resume: what a client missed, from the last events that Redis keeps of each conversation."""

from collections.abc import Sequence

import msgspec

from core import events
from core.bus import names
from core.bus.connection import Redis
from core.errors import UNREADABLE
from core.events import ConversationChanged, ConversationRead, Event, MessagePosted
from core.ids import ConversationId, ProjectId

Have = tuple[ConversationId, int]


class Missed(msgspec.Struct, frozen=True):
    """The events after `have`. `whole` False: some are missing from the log, or unreadable for this release.

    `last_seq` is 0 when Redis does not know it. `events` are oldest first; duplicates are harmless.
    """

    conversation: ConversationId
    whole: bool
    last_seq: int
    events: list[Event]


async def since(redis: Redis, project: ProjectId, have: Sequence[Have]) -> list[Missed]:
    """One answer per pair, all in one pipeline."""
    if not have:
        return []
    async with redis.pipeline(transaction=False) as pipe:
        for conversation, _ in have:
            pipe.get(names.last(project, conversation))
            pipe.lrange(names.log(project, conversation), 0, -1)
    answers = list(pipe.results or ())
    return [
        missed(conversation, seq, last=int(answers[2 * index] or 0), log=answers[2 * index + 1])
        for index, (conversation, seq) in enumerate(have)
    ]


def missed(conversation: ConversationId, have: int, *, last: int, log: Sequence[bytes]) -> Missed:
    """The rule: every message with a seq above `have`, every change and read mark at or above it.

    A `have` above `last` comes from before a restore from a backup.
    """
    kept, later = _read(log, have)
    missing = [event for event in kept if _after(event, have)]
    posted = [event.seq for event in missing if isinstance(event, MessagePosted)]
    whole = have == last > 0 if not posted else posted[0] == have + 1 and posted[-1] >= last
    return Missed(conversation, whole and not later, last, missing)


def _read(log: Sequence[bytes], have: int) -> tuple[list[Event], bool]:
    """The events that this release can read; whether an unreadable one may be news to the client."""
    try:
        return [events.decode(one) for one in log], False
    except UNREADABLE:
        pass
    kept: list[Event] = []
    later = False
    for one in log:
        try:
            kept.append(events.decode(one))
        except UNREADABLE:
            later = later or _may_be_news(one, have)
    return kept, later


def _may_be_news(one: bytes, have: int) -> bool:
    """Whether an event of a later release may be news, by the `seq` that every event carries in its head."""
    try:
        return events.decode_head(one).seq >= have
    except UNREADABLE:
        return True


def _after(event: Event, have: int) -> bool:
    match event:
        case MessagePosted():
            return event.seq > have
        case ConversationChanged() | ConversationRead():
            return event.seq >= have
        case _:
            return False
