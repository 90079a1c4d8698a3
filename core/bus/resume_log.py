"""Resume: what a client missed, from the last events that Redis keeps of each conversation."""

from collections.abc import Sequence

import msgspec

from core import events
from core.bus import names
from core.bus.connection import Redis
from core.bus.scripts import Call, Script, run_all
from core.errors import UNREADABLE
from core.events import (
    AnswerChanged,
    ConversationChanged,
    ConversationDeleted,
    ConversationRead,
    Counted,
    Event,
    FormChanged,
    ForVisitor,
    MessageEdited,
    MessagePosted,
    MessageRedacted,
)
from core.ids import ConversationId, ProjectId, VisitorId

_forget = Script("forget_conversation")


class Have(msgspec.Struct, frozen=True):
    """How far a client is in a conversation. `change` None: it does not count changes."""

    conversation: ConversationId
    seq: int
    change: int | None = None


class Missed(msgspec.Struct, frozen=True):
    """The events that a client missed. `whole` False: some are not in the log, or are not readable.

    `last_seq` is 0 when Redis does not know it. `events` are oldest first; duplicates are harmless.
    """

    conversation: ConversationId
    whole: bool
    last_seq: int
    events: list[Event]


class Place(msgspec.Struct, frozen=True):
    """A conversation, and the visitor whose visit may name it."""

    project: ProjectId
    conversation: ConversationId
    visitor: VisitorId


async def forget(redis: Redis, deleted: Sequence[Place]) -> None:
    """Removes what Redis keeps of deleted conversations: events, positions, and that a visit is in one."""
    await run_all(redis, [_forgotten(one) for one in deleted])


async def since(redis: Redis, project: ProjectId, have: Sequence[Have]) -> list[Missed]:
    """One answer each, all in one pipeline."""
    if not have:
        return []
    async with redis.pipeline(transaction=False) as pipe:
        for one in have:
            pipe.get(names.last(project, one.conversation))
            pipe.get(names.change(project, one.conversation))
            pipe.lrange(names.log(project, one.conversation), 0, -1)
    answers = iter(pipe.results or ())
    found = []
    for one, last, change, log in zip(have, answers, answers, answers, strict=False):
        found.append(
            missed(one, last=int(last or 0), last_change=None if change is None else int(change), log=log)
        )
    return found


def _forgotten(one: Place) -> Call:
    project, conversation = one.project, one.conversation
    kept = [names.log(project, conversation), names.last(project, conversation)]
    kept += [names.change(project, conversation), names.session(project, one.visitor)]
    return Call(_forget, kept, [conversation])


def missed(have: Have, *, last: int, last_change: int | None, log: Sequence[bytes]) -> Missed:
    """The rule: every message with a seq above the client's, every later change, and the read marks since.

    Changes count by their number. For a client that does not count them, and for those of releases before
    0.3, which have none, all at or above its seq are later. What a client has above `last` or `last_change`
    comes from before a restore from a backup.
    """
    kept, later = _read(log, have.seq)
    missing = [event for event in kept if _after(_done(event), have)]
    done = [_done(event) for event in missing]
    posted = [event.seq for event in done if isinstance(event, MessagePosted)]
    whole = have.seq == last > 0 if not posted else posted[0] == have.seq + 1 and posted[-1] >= last
    if any(isinstance(event, ConversationDeleted) for event in kept):
        return Missed(have.conversation, whole=False, last_seq=last, events=[])
    whole = whole and _has_all_changes(have.change, done, last_change)
    return Missed(have.conversation, whole and not later, last, missing)


def _has_all_changes(have: int | None, missing: Sequence[Event], last: int | None) -> bool:
    if have is None:
        return True
    if last is None or have > last:
        return False
    changes = {event.change for event in missing if isinstance(event, Counted)}
    return sum(have < change <= last for change in changes) == last - have


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


def _done(event: Event) -> Event:
    """What happened, also if it is for the visitor alone."""
    return event.event if isinstance(event, ForVisitor) else event


def _after(event: Event, have: Have) -> bool:
    match event:
        case MessagePosted():
            return event.seq > have.seq
        case (
            ConversationChanged() | MessageEdited() | MessageRedacted() | FormChanged() | AnswerChanged()
        ) if event.change and have.change is not None:
            return event.change > have.change
        case (
            ConversationChanged()
            | MessageEdited()
            | MessageRedacted()
            | FormChanged()
            | AnswerChanged()
            | ConversationRead()
        ):
            return event.seq >= have.seq
        case _:
            return False
