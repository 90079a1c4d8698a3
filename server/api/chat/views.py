"""Converts rows to JSON schemas: pure, one function per schema. Ids become UUIDs only here."""

from collections.abc import Sequence

from core import content, ids, model
from core.db.chat.restrictions import Restricted
from core.events import MessagePosted
from server.api.chat import schemas, widget_schemas
from server.api.http import fields
from server.api.http.fields import uid


def conversation(row: model.Listed, *, online: bool, url: str, title: str) -> schemas.Conversation:
    """One row of the inbox; `online`, `url` and `title` come from Redis and are empty without it."""
    kept = row.conversation
    assignee = None
    if kept.assignee is not None:
        assignee = fields.Person(id=uid(kept.assignee), full_name=row.assignee_name or "")
    return schemas.Conversation(
        id=uid(kept.id),
        visitor=schemas.VisitorOnline(
            id=uid(kept.visitor),
            name=row.visitor_name,
            online=online,
            url=url,
            title=title,
            email=row.visitor_email,
            verified=ids.is_verified(kept.visitor),
            restriction=row.restriction,
        ),
        status=kept.status,
        assignee=assignee,
        last_seq=kept.last_seq,
        last_change=kept.last_change,
        snippet=kept.snippet,
        last_message_at=kept.last_message_at,
        created_at=kept.created_at,
        read_seq=row.read_seq,
        unread=max(0, row.unread),
        visitor_read_seq=row.visitor_read_seq,
        last_message=_last_message(row.last_message),
        withheld=row.withheld,
        has_form=kept.has_form,
        has_note=kept.has_note,
        ended=kept.ended_at is not None,
        owner=kept.owner,
        owner_reason=kept.owner_reason,
        waiting_since=row.waiting_since,
    )


def _last_message(last: model.LastMessage | None) -> schemas.LastMessage | None:
    if last is None:
        return None
    author = schemas.Author(party=last.party, id=uid(last.sender), name=last.sender_name)
    return schemas.LastMessage(kind=last.kind, author=author, redacted=last.redacted)


def past_conversation(row: model.PastConversation) -> schemas.PastConversation:
    return schemas.PastConversation(
        id=uid(row.id),
        status=row.status,
        snippet=row.snippet,
        last_message_at=row.last_message_at,
        created_at=row.created_at,
        ended=row.ended_at is not None,
        assignee_name=row.assignee_name,
    )


def restriction(found: Restricted) -> schemas.VisitorRestriction:
    by = None
    if found.by is not None and found.by_name is not None:
        by = fields.Person(id=uid(found.by), full_name=found.by_name)
    return schemas.VisitorRestriction(kind=found.kind, reason=found.reason, at=found.at, by=by)


def message(row: model.Message) -> schemas.Message:
    return schemas.Message(
        seq=row.seq,
        id=uid(row.id),
        ref=uid(row.ref),
        author=schemas.Author(party=row.party, id=uid(row.sender), name=row.sender_name),
        at=row.at,
        kind=row.kind,
        body=row.body,
        meta=row.meta,
        content=row.content,
        version=row.version,
        edited_at=row.edited_at,
        redacted_at=row.redacted_at,
    )


def posted(event: MessagePosted) -> schemas.Message:
    """The message that was just committed."""
    return schemas.Message(
        seq=event.seq,
        id=uid(event.message),
        ref=None if event.ref is None else uid(event.ref),
        author=schemas.Author(party=event.author_party, id=uid(event.author), name=event.author_name),
        at=event.at,
        kind=event.kind,
        body=event.body,
        meta=event.meta,
        content=content.value(event.content),
    )


def change(row: model.Change) -> schemas.Change:
    assignee = None
    if row.assignee is not None:
        assignee = fields.Person(id=uid(row.assignee), full_name=row.assignee_name or "")
    return schemas.Change(
        id=uid(row.id),
        seq=row.seq,
        at=row.at,
        by=schemas.Author(party=row.party, id=uid(row.actor), name=row.actor_name),
        status=row.status,
        assigned=row.assigned,
        assignee=assignee,
        owner=_owner(row),
    )


def _owner(row: model.Change) -> schemas.ChangedOwner | None:
    if row.owner is None:
        return None
    return schemas.ChangedOwner(to=row.owner, reason=row.owner_reason or "")


def unread(found: model.UnreadCounts) -> schemas.UnreadCounts:
    return schemas.UnreadCounts(
        open=found.open,
        mine=found.mine,
        unassigned=found.unassigned,
        pending=found.pending,
        waiting=found.waiting,
        complete=found.complete,
    )


def page(rows: Sequence[model.Message], *, limit: int, newest: bool) -> tuple[list[schemas.Message], bool]:
    """The messages of a page, and `has_more`; for it `rows` must have been read with `limit + 1`."""
    kept = rows[-limit:] if newest else rows[:limit]
    return [message(row) for row in kept], len(rows) > limit


def own_conversation(found: model.VisitorsConversation) -> widget_schemas.OwnConversation:
    return widget_schemas.OwnConversation(
        id=uid(found.id),
        status=found.status,
        assignee_name=found.assignee_name,
        last_seq=found.last_seq,
        last_change=found.last_change,
        agent_read_seq=found.agent_read_seq,
        read_seq=found.read_seq,
        owner=found.owner,
    )
