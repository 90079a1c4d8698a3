"""What deliveries an event of the outbox becomes for one webhook: values in, values out."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from core import ids, rules
from core.db.consumers import WEBHOOKS, ConsumerEvent
from core.db.webhooks.deliveries import NewDelivery
from core.db.webhooks.facts import Changed, KnownVisitor, Posted, State
from core.ids import ConversationId, VisitorId
from core.model import visitor_name
from core.webhooks import payloads
from core.webhooks.catalogue import NAMES
from core.webhooks.payloads import (
    AboutChange,
    AboutConversation,
    AboutMessage,
    AboutVisitor,
    Data,
    EventActor,
    EventAuthor,
    EventConversation,
    EventMessage,
    EventVisitor,
    iso,
    uid,
)

FIRST: Final = 1  # the seq of a conversation's first message


class Facts(NamedTuple):
    """What the rows say about an event; None: the event has nothing of that kind."""

    visitor: KnownVisitor
    state: State | None = None
    posted: Posted | None = None
    changed: Changed | None = None


def deliveries(row: ConsumerEvent, facts: Facts, *, events: Sequence[str]) -> list[NewDelivery]:
    """One for each of `events` that this event is, in the order of the catalogue."""
    happened = _happened(row, facts)
    at = _at(row, facts)
    return [
        NewDelivery(
            id=ids.derived(row.event, WEBHOOKS.encode(), row.subscriber, name.encode()),
            event_id=row.event,
            event_number=row.event_number,
            position=NAMES.index(name),
            event=name,
            conversation=row.conversation,
            payload=payloads.encoded(name, data, at=at),
            created_at=at,
        )
        for name, data in sorted(happened.items(), key=lambda item: NAMES.index(item[0]))
        if name in events
    ]


def _happened(row: ConsumerEvent, facts: Facts) -> dict[str, Data]:
    """The events of the catalogue that this one is, each with its data."""
    found: dict[str, Data] = {}
    project = uid(row.project)
    if row.conversation is None or facts.state is None:
        return {"visitor.updated": AboutVisitor(project=project, visitor=_visitor(facts.visitor))}
    conversation = _conversation(row.conversation, facts.state, facts.visitor)
    if facts.posted is not None:
        message = AboutMessage(project=project, conversation=conversation, message=_message(facts.posted))
        if not rules.visible_to_visitor(facts.posted.kind):
            found["note.created"] = message
        else:
            found["message.created"] = message
            if facts.posted.seq == FIRST:
                found["conversation.created"] = AboutConversation(project=project, conversation=conversation)
    if facts.changed is not None:
        change = AboutChange(
            project=project,
            conversation=conversation,
            by=_actor(facts.changed, facts.visitor),
            changes=_changes(facts.changed),
        )
        found["conversation.updated"] = change
        if facts.changed.assigned:
            found["conversation.assigned"] = change
        if facts.changed.status == "solved":
            found["conversation.solved"] = change
        if facts.changed.status == "open":
            found["conversation.reopened"] = change
    return found


def _at(row: ConsumerEvent, facts: Facts) -> int:
    if facts.posted is not None:
        return facts.posted.at
    return row.created_at if facts.changed is None else facts.changed.at


def _visitor(known: KnownVisitor) -> EventVisitor:
    return EventVisitor(id=uid(known.id), name=visitor_name(known.name, known.id), facts=known.facts or {})


def _conversation(conversation: ConversationId, state: State, visitor: KnownVisitor) -> EventConversation:
    return EventConversation(
        id=uid(conversation),
        status=state.status,
        assignee=None if state.assignee is None else uid(state.assignee),
        last_seq=state.last_seq,
        visitor=_visitor(visitor),
    )


def _message(posted: Posted) -> EventMessage:
    name = posted.sender_name
    if posted.party == "visitor":
        name = visitor_name(name or None, VisitorId(posted.sender))
    return EventMessage(
        id=uid(posted.id),
        seq=posted.seq,
        kind=posted.kind,
        body=posted.body,
        author=EventAuthor(party=posted.party, id=uid(posted.sender), name=name),
        at=iso(posted.at),
        content=posted.content,
    )


def _actor(changed: Changed, visitor: KnownVisitor) -> EventActor:
    name = changed.actor_name
    if changed.party == "visitor":
        name = visitor_name(visitor.name, visitor.id)
    return EventActor(party=changed.party, id=uid(changed.actor), name=name)


def _changes(changed: Changed) -> dict[str, str | None]:
    made: dict[str, str | None] = {}
    if changed.status is not None:
        made["status"] = changed.status
    if changed.assigned:
        made["assignee"] = None if changed.assignee is None else uid(changed.assignee)
    return made
