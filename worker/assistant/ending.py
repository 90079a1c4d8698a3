"""How a turn ends: its message, the position and the turn's row in one transaction; then people are told."""

import hashlib
from typing import Final
from uuid import UUID

import msgspec

from core import content, ids
from core.apply.apply import apply
from core.apply.result import Refused
from core.assistant.turn import Position
from core.commands import ChangeOwner, Command, PostMessage
from core.content import AssistantTurn, Source
from core.db.assistant import conversations, inputs, steps, turns
from core.db.assistant.steps import NewStep
from core.db.assistant.turns import Claimed, Outcome
from core.db.knowledge import gaps
from core.events import MessagePosted, MessageRepeated
from core.ids import SYSTEM, MessageId, Ref
from core.model import Author
from worker import pool

MAX_REASON: Final = 500  # code points


class Stale(Exception):
    """A person has acted, or another worker has the turn: nothing was written."""


class End(msgspec.Struct, frozen=True, kw_only=True):
    """`text`: the message; "": none. `position` None: unchanged. `handoff`: the reason; None: none.

    `record`: how the engine ended the turn; "": it did not. `sources`: what the text cites. `covered`:
    whether articles cover what the visitor asked; None: it was no question to them. `gap`: what none covers,
    asked in `language`.
    """

    outcome: Outcome
    text: str = ""
    stopped: bool = False
    position: Position | None = None
    handoff: str | None = None
    brief: str = ""
    error: str = ""
    stopped_by: str = ""
    node: str = ""
    record: str = ""
    sources: tuple[Source, ...] = ()
    covered: bool | None = None
    gap: str = ""
    language: str = ""


class Ended(msgspec.Struct, frozen=True):
    """`message` None: the turn has none. `gap`: what the team may write an article about."""

    message: MessageId | None = None
    seq: int = 0
    gap: bytes | None = None


async def end(conn: pool.Driver, turn: Claimed, made: End, *, name: str, now: int) -> Ended:
    """In the caller's transaction. Raises Stale. Further messages of the visitor begin the next turn."""
    if not await turns.hold(conn, turn):
        raise Stale
    ended = await _say(conn, turn, made, name=name, now=now)
    if made.position is not None:
        await conversations.move(conn, turn.project, turn.conversation, made.position)
    if made.handoff is not None:
        reason = made.handoff[:MAX_REASON]
        await conversations.hand_over(conn, turn.project, turn.conversation, reason=reason, brief=made.brief)
    if made.covered is not None:
        uncovered = not made.covered
        await conversations.count_uncovered(conn, turn.project, turn.conversation, uncovered=uncovered)
    await _record(conn, turn, made, now=now)
    if not await turns.end(
        conn,
        turn,
        made.outcome,
        error=made.error,
        stopped_by=made.stopped_by,
        message_seq=ended.seq or None,
        now=now,
    ):
        raise Stale
    if made.handoff is not None:
        await inputs.drop(conn, turn.project, turn.conversation)  # a person answers them
    else:
        await _go_on(conn, turn, owner_version=turn.owner_version, now=now)
    return msgspec.structs.replace(ended, gap=await _gap(conn, turn, made, now=now))


async def _gap(conn: pool.Driver, turn: Claimed, made: End, *, now: int) -> bytes | None:
    """The last statement of the transaction: turns of the same question wait for each other here."""
    if not made.gap:
        return None
    return await gaps.record(
        conn,
        turn.project,
        question=made.gap,
        language=made.language,
        turn=turn.id,
        conversation=turn.conversation,
        now=now,
    )


async def abandon(conn: pool.Driver, turn: Claimed, *, by: str, now: int) -> bool:
    """A person answers: the turn ends without a message, whatever it has said. False: not ours any more."""
    place = await turns.place(conn, turn.project, turn.conversation)
    made = End(outcome="interrupted", stopped_by=by, error="person")
    if not await turns.end(
        conn, turn, "interrupted", error=made.error, stopped_by=by, message_seq=None, now=now
    ):
        return False
    await _record(conn, turn, made, now=now)
    if place is not None and place.owner == "assistant" and not (place.closed or place.quiet):
        # A person has solved it.
        await _go_on(conn, turn, owner_version=place.owner_version, now=now)
    else:
        await inputs.drop(conn, turn.project, turn.conversation)
    return True


async def _say(conn: pool.Driver, turn: Claimed, made: End, *, name: str, now: int) -> Ended:
    author = Author("assistant", SYSTEM, name)
    commands: list[Command] = []
    if made.text:
        commands.append(
            PostMessage(
                turn.project,
                author,
                Ref(hashlib.sha256(turn.id + b"message").digest()[:16]),
                MessageId(ids.make(now)),
                turn.conversation,
                "text",
                made.text,
                {},
                now,
                content=content.packed(AssistantTurn(UUID(bytes=turn.id), made.stopped, made.sources)),
            )
        )
    if made.handoff is not None:
        commands.append(ChangeOwner(turn.project, author, turn.conversation, "person", "handed_over", now))
    results = await apply(conn, commands, now=now) if commands else []
    for result in results:
        if isinstance(result, Refused):
            raise Stale
        if isinstance(result, MessagePosted | MessageRepeated):
            return Ended(result.message, result.seq)
    return Ended()


async def _record(conn: pool.Driver, turn: Claimed, made: End, *, now: int) -> None:
    kind: Final = "say" if made.text else "outcome"
    outcome = made.error or ("handed over" if made.handoff is not None else made.outcome)
    step = NewStep(node=made.node, kind=kind, outcome=outcome, sent=made.record, received=made.text)
    await steps.add(conn, turn.project, turn.id, step, attempt=turn.attempt, now=now)


async def _go_on(conn: pool.Driver, turn: Claimed, *, owner_version: int, now: int) -> None:
    """Messages that came during the turn are the next one's."""
    following = ids.make(now)
    if await inputs.take(conn, turn.project, turn.conversation, following):
        await turns.begin(
            conn, turn.project, turn.conversation, following, owner_version=owner_version, now=now
        )
