"""Rows as webhooks show them."""

from core.db.webhooks.facts import Changed, KnownVisitor, Posted, State
from core.event_details import Details
from core.forms import states
from core.ids import ConversationId, VisitorId
from core.model import visitor_name
from core.webhooks.payloads import (
    EventActor,
    EventAuthor,
    EventConversation,
    EventForm,
    EventMessage,
    EventVisitor,
    iso,
    uid,
)


def visitor(known: KnownVisitor) -> EventVisitor:
    return EventVisitor(
        id=uid(known.id),
        name=visitor_name(known.name, known.id),
        facts=known.facts or {},
        external_id=known.external_id,
        verified=known.verified,
    )


def conversation(id: ConversationId, state: State, known: KnownVisitor) -> EventConversation:
    return EventConversation(
        id=uid(id),
        status=state.status,
        assignee=None if state.assignee is None else uid(state.assignee),
        last_seq=state.last_seq,
        visitor=visitor(known),
    )


def message(posted: Posted) -> EventMessage:
    return EventMessage(
        id=uid(posted.id),
        seq=posted.seq,
        kind=posted.kind,
        body=posted.body,
        author=EventAuthor(party=posted.party, id=uid(posted.sender), name=_sender_name(posted)),
        at=iso(posted.at),
        content=posted.content,
        edited_at=None if posted.edited_at is None else iso(posted.edited_at),
        redacted_at=None if posted.redacted_at is None else iso(posted.redacted_at),
    )


def form(posted: Posted, *, state: str) -> EventForm:
    """A form by its message, of the kind `form_request` or `form_answer`.

    `state`: as the event says it; what a blocked visitor has done since is not for webhooks.
    """
    content, answer = posted.content or {}, posted.kind == "form_answer"
    expires_at = content.get("expires_at")
    return EventForm(
        template=content.get("template"),
        name=content.get("name", ""),
        request=content.get("request") if answer else uid(posted.id),
        answer=uid(posted.id) if answer else None,
        state=states.ANSWERED if answer else state,
        fields=content.get("fields", []),
        values=content.get("values", []),
        expires_at=None if expires_at is None else iso(expires_at),
        version=content.get("version", 1),
        removed=posted.content is None or content.get("removed", False),
    )


def author(posted: Posted) -> EventActor:
    return EventActor(party=posted.party, id=uid(posted.sender), name=_sender_name(posted))


def actor(changed: Changed, known: KnownVisitor) -> EventActor:
    name = changed.actor_name
    if changed.party == "visitor":
        name = visitor_name(known.name, known.id)
    return EventActor(party=changed.party, id=uid(changed.actor), name=name)


def acting(details: Details) -> EventActor:
    return EventActor(party=details.party, id=details.by, name=details.by_name)


def changes(changed: Changed) -> dict[str, str | None]:
    made: dict[str, str | None] = {}
    if changed.status is not None:
        made["status"] = changed.status
    if changed.assigned:
        made["assignee"] = None if changed.assignee is None else uid(changed.assignee)
    return made


def _sender_name(posted: Posted) -> str:
    if posted.party == "visitor":
        return visitor_name(posted.sender_name or None, VisitorId(posted.sender))
    return posted.sender_name
