"""Carries out the tools of a workflow: as the system, in the turn's project and conversation alone."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from core import ids
from core.action_context import ActionContext
from core.apply.apply import apply
from core.apply.result import Refused
from core.assistant import context, passages, tools
from core.assistant.members import email_of
from core.assistant.passages import Passage
from core.assistant.tools import (
    AddVisitorNote,
    Assign,
    BadArguments,
    ChangeStatus,
    HandOver,
    SearchArticles,
    SendForm,
    SetVisitor,
)
from core.assistant.turn import Ran, Run
from core.commands import AssignConversation, Command, IdentifyVisitor
from core.commands import ChangeStatus as StatusCommand
from core.commands import SendForm as FormCommand
from core.db.assistant.turns import Claimed
from core.db.chat import flags
from core.db.forms import templates
from core.db.knowledge import passages as table
from core.db.ops.audit import Actor
from core.db.projects import members
from core.errors import DomainError
from core.ids import SYSTEM, MessageId, Ref, UserId
from core.model import Author
from core.notes import visitor_notes
from core.signals import Signal
from core.text import emails
from worker import pool

ACTOR_NAME: Final = "AI System"
ACTOR: Final = Actor("system", SYSTEM, ACTOR_NAME)
MOST_TEMPLATES: Final = 200


class Known(msgspec.Struct, frozen=True):
    """`name`: the assistant's. `passages`: those that the turn has. `embedding`: of what is searched."""

    name: str
    passages: Sequence[Passage] = ()
    embedding: Sequence[float] | None = None


class Done(msgspec.Struct, frozen=True):
    """What the engine hears, and what is published after the commit."""

    ran: Ran
    signals: Sequence[Signal] = ()


class _Failed(Exception):
    """The tool cannot do it; the text is for the model."""


async def lock(conn: pool.Driver, turn: Claimed, run: Run) -> None:
    """Before the turn holds its conversation: notes lock all conversations of the visitor, in their order."""
    if run.tool == "add_visitor_note":
        await flags.lock(conn, turn.project, turn.visitor)


async def carry_out(conn: pool.Driver, turn: Claimed, run: Run, known: Known, *, now: int) -> Done:
    """In the caller's transaction, in which the turn holds its conversation."""
    try:
        read = tools.read(run.tool, run.arguments)
        if isinstance(read, SearchArticles):
            return await _search(conn, turn, read, known)
        signals = await _TOOLS[type(read)](conn, turn, read, known.name, now)
    except (_Failed, BadArguments) as error:
        return Done(Ran(ok=False, words=str(error)))
    except DomainError as error:
        return Done(Ran(ok=False, words=error.detail or str(error)))
    context = ActionContext(actor=ACTOR, now=now)
    changes = {"tool": run.tool, "arguments": msgspec.json.encode(run.arguments).decode()}
    await context.audit(
        conn, "assistant.acted", "conversation", turn.conversation, project=turn.project, changes=changes
    )
    return Done(Ran(ok=True, words="Done."), signals)


async def _search(conn: pool.Driver, turn: Claimed, read: SearchArticles, known: Known) -> Done:
    """Changes nothing, so there is no audit entry. What is found is among the next request's passages."""
    found = await table.about(conn, turn.project, read.query, embedding=known.embedding)
    every = passages.added(known.passages, found)
    if not any(one in every for one in found):
        return Done(Ran(ok=True, words="No article is about that."))
    titles = {number: one.title for number, one in passages.numbered(every) if one in found}
    listed = "; ".join(f"[{number}] {context.harmless(title)}" for number, title in titles.items())
    words = f"Found, and added to the parts of articles above: {listed}"
    return Done(Ran(ok=True, words=words, passages=every))


async def _note(
    conn: pool.Driver, turn: Claimed, read: AddVisitorNote, _name: str, now: int
) -> Sequence[Signal]:
    context = ActionContext(actor=ACTOR, now=now)
    kept = await visitor_notes.write(
        conn, context, turn.project, turn.visitor, author=SYSTEM, text=read.content, mentioned=()
    )
    return kept.signals


async def _status(
    conn: pool.Driver, turn: Claimed, read: ChangeStatus, _name: str, now: int
) -> Sequence[Signal]:
    await _apply(
        conn,
        StatusCommand(turn.project, SYSTEM, turn.conversation, read.status, now, ACTOR_NAME),
        now=now,
    )
    return ()


async def _form(conn: pool.Driver, turn: Claimed, read: SendForm, name: str, now: int) -> Sequence[Signal]:
    known = await templates.page(conn, turn.project, after=None, limit=MOST_TEMPLATES)
    wanted = read.template.casefold()
    found = next((one for one in known if one.enabled and one.name.casefold() == wanted), None)
    if found is None:
        raise _Failed("There is no such form.")
    author, message = Author("assistant", SYSTEM, name), ids.make(now)
    command = FormCommand(
        turn.project, author, Ref(message), MessageId(message), turn.conversation, found.id, None, now
    )
    await _apply(conn, command, now=now)
    return ()


async def _assign(conn: pool.Driver, turn: Claimed, read: Assign, _name: str, now: int) -> Sequence[Signal]:
    assignee: UserId | None = None
    if read.member:
        team = await members.listed(conn, turn.project)
        email = email_of(read.member, [(one.email, one.full_name) for one in team])
        assignee = next((one.user for one in team if one.email == email), None)
        if assignee is None:
            raise _Failed("There is no such member.")
    await _apply(
        conn,
        AssignConversation(turn.project, SYSTEM, turn.conversation, assignee, now, ACTOR_NAME),
        now=now,
    )
    return ()


async def _visitor(
    conn: pool.Driver, turn: Claimed, read: SetVisitor, _name: str, now: int
) -> Sequence[Signal]:
    """As what a page says about its visitor: unverified, and never instead of what an agent gave."""
    facts: dict[str, str | int | bool | None] = {}
    if read.name.strip():
        facts["name"] = read.name.strip()
    if read.email.strip():
        try:
            facts["email"] = emails.normalise(read.email)
        except ValueError:
            raise _Failed("That is no email address.") from None
    if not facts:
        raise _Failed("Give a name or an email address.")
    await _apply(conn, IdentifyVisitor(turn.project, turn.visitor, facts, now), now=now)
    return ()


async def _hand_over(
    _conn: pool.Driver, _turn: Claimed, _read: HandOver, _name: str, _now: int
) -> Sequence[Signal]:
    """The engine ends the turn with it."""
    return ()


async def _apply(conn: pool.Driver, command: Command, *, now: int) -> None:
    (result,) = await apply(conn, [command], now=now)
    if isinstance(result, Refused):
        raise _Failed(f"It was refused: {result.reason.value.replace('_', ' ')}.")


_Carry = Callable[[pool.Driver, Claimed, Any, str, int], Awaitable[Sequence[Signal]]]
_TOOLS: Final[dict[type[msgspec.Struct], _Carry]] = {
    AddVisitorNote: _note,
    ChangeStatus: _status,
    SendForm: _form,
    Assign: _assign,
    SetVisitor: _visitor,
    HandOver: _hand_over,
}
