"""Notes about a visitor: agents write them, authors edit theirs, managers delete any.

Publish the returned signals after the commit.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from core import ids
from core.action_context import ActionContext
from core.db.chat import flags
from core.db.connection import Connection
from core.db.notes import mentions as mentions_table
from core.db.notes import visitor_notes as table
from core.db.notes.mentions import NewMention
from core.db.notes.visitor_notes import VisitorNote
from core.errors import DomainError, InvalidField
from core.ids import ProjectId, UserId, VisitorId
from core.notes import mentions
from core.signals import Resource, ResourceChanged, Signal
from core.text import names

MAX_NOTES: Final = 200  # about one visitor
MAX_TEXT: Final = 2_000  # code points


class Kept(msgspec.Struct, frozen=True):
    """The note as it is stored now. No signals: nothing changed."""

    note: VisitorNote
    signals: Sequence[Signal]


async def write(
    conn: Connection,
    by: ActionContext,
    project: ProjectId,
    visitor: VisitorId,
    *,
    author: UserId,
    text: str,
    mentioned: Sequence[UserId],
) -> Kept:
    """Raises DomainError `not_found` or `too_many`, and InvalidField."""
    text = _clean(text)
    await flags.lock(conn, project, visitor)
    if not await table.lock_visitor(conn, project, visitor):
        raise DomainError("not_found")
    if await table.count(conn, project, visitor) >= MAX_NOTES:
        limit = f"The limit for a visitor is {MAX_NOTES} notes. Delete one first."
        raise DomainError("too_many", limit)
    named = await mentions.named(conn, project, mentioned)
    made = ids.make(by.now)
    await table.add(conn, project, visitor, made, author=author, text=text, mentions=named, now=by.now)
    await flags.sync_notes(conn, project, visitor)
    users = mentions.users_of(named)
    await _mention(conn, by, project, visitor, made, author=author, users=users)
    await by.audit(conn, "visitor_note.created", "visitor_note", made, project=project, changes=_of(visitor))
    return Kept(
        await _found(conn, project, visitor, made), _signals(project, visitor, [*_others(users, author)])
    )


async def change(
    conn: Connection,
    by: ActionContext,
    project: ProjectId,
    visitor: VisitorId,
    note: bytes,
    *,
    author: UserId,
    version: int,
    text: str,
    mentioned: Sequence[UserId],
) -> Kept:
    """The author changes the text; those who are mentioned anew are notified, others no more.

    Raises DomainError `not_found`, `forbidden` or `stale`, and InvalidField.
    """
    text = _clean(text)
    if not await table.lock_visitor(conn, project, visitor):
        raise DomainError("not_found")
    before = await _found(conn, project, visitor, note)
    if before.author != author:
        raise DomainError("forbidden", "Only its author can edit a note.")
    if before.version != version:
        raise DomainError("stale")
    users = list(dict.fromkeys(mentioned))
    if text == before.text and users == mentions.users_of(before.mentions):
        return Kept(before, [])
    # Who has left the project since may stay mentioned.
    kept = {UserId(one.user.bytes): one for one in before.mentions}
    fresh = await mentions.named(conn, project, [user for user in users if user not in kept])
    by_user = kept | {UserId(one.user.bytes): one for one in fresh}
    await table.change(
        conn, project, visitor, note, text=text, mentions=[by_user[user] for user in users], now=by.now
    )
    gone = await mentions_table.withdraw(conn, project, visitor, note, keep=users)
    await _mention(conn, by, project, visitor, note, author=author, users=mentions.users_of(fresh))
    await by.audit(conn, "visitor_note.changed", "visitor_note", note, project=project, changes=_of(visitor))
    affected = [*_others([*users, *gone], author)]
    return Kept(await _found(conn, project, visitor, note), _signals(project, visitor, affected))


async def delete(
    conn: Connection,
    by: ActionContext,
    project: ProjectId,
    visitor: VisitorId,
    note: bytes,
    *,
    user: UserId,
    manager: bool,
    version: int | None = None,
) -> Sequence[Signal]:
    """The author or a manager deletes a note. Raises DomainError `not_found`, `forbidden`, or `stale` if it
    has another version than the given one.
    """
    await flags.lock(conn, project, visitor)
    if not await table.lock_visitor(conn, project, visitor):
        raise DomainError("not_found")
    before = await _found(conn, project, visitor, note)
    if before.author != user and not manager:
        raise DomainError("forbidden", "Only its author and managers can delete a note.")
    if version not in {None, before.version}:
        raise DomainError("stale")
    gone = await mentions_table.withdraw(conn, project, visitor, note, keep=[])
    await table.remove(conn, project, visitor, note)
    await flags.sync_notes(conn, project, visitor)
    changes = _of(visitor) | {"author": before.author_name or ""}
    await by.audit(conn, "visitor_note.deleted", "visitor_note", note, project=project, changes=changes)
    return _signals(project, visitor, gone)


async def _found(conn: Connection, project: ProjectId, visitor: VisitorId, note: bytes) -> VisitorNote:
    found = await table.by_id(conn, project, visitor, note)
    if found is None:
        raise DomainError("not_found")
    return found


async def _mention(
    conn: Connection,
    by: ActionContext,
    project: ProjectId,
    visitor: VisitorId,
    note: bytes,
    *,
    author: UserId,
    users: Sequence[UserId],
) -> None:
    rows = [
        NewMention(project, user, ids.make(by.now), by.now, author, "", visitor, note, None, None)
        for user in users
    ]
    if rows:
        await mentions_table.add(conn, rows)


def _clean(text: str) -> str:
    if not names.is_visible(text):
        raise InvalidField("text", "required", "Enter the text of the note.")
    return text.strip()


def _of(visitor: VisitorId) -> dict[str, str]:
    return {"visitor": ids.text(visitor)}


def _others(users: Sequence[UserId], author: UserId) -> Sequence[UserId]:
    return [user for user in dict.fromkeys(users) if user != author]


def _signals(project: ProjectId, visitor: VisitorId, mentioned: Sequence[UserId]) -> Sequence[Signal]:
    return [
        ResourceChanged(project, Resource.VISITOR_NOTES, visitor),
        *mentions.touched(project, mentioned),
    ]
