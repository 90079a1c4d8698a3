"""What deliveries an event of the outbox becomes for one webhook: values in, values out."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from core import ids, rules
from core.db.consumers import WEBHOOKS, ConsumerEvent
from core.db.webhooks.deliveries import NewDelivery
from core.db.webhooks.facts import Changed, KnownVisitor, Posted, State
from core.event_details import SIGNED, Details
from core.events import DELETED, OWNER
from core.forms import states
from core.webhooks import payloads, views
from core.webhooks.catalogue import NAMES
from core.webhooks.payloads import (
    AboutAlteration,
    AboutChange,
    AboutConversation,
    AboutDeletion,
    AboutForm,
    AboutHandOver,
    AboutIdentity,
    AboutMessage,
    AboutVisitor,
    Data,
    DeletedConversation,
    EventConversation,
    uid,
)

FIRST: Final = 1  # the seq of a conversation's first message


class Facts(NamedTuple):
    """What the rows say about an event; None: the event has nothing of that kind.

    `message`: the new or the altered one, or that of the form.
    """

    visitor: KnownVisitor | None = None
    state: State | None = None
    message: Posted | None = None
    changed: Changed | None = None


def deliveries(
    row: ConsumerEvent, facts: Facts, *, events: Sequence[str], queued: bool = True
) -> list[NewDelivery]:
    """One for each of `events` that this event is, in the order of the catalogue."""
    happened = _happened(row, facts)
    at = _at(row, facts)
    return [
        NewDelivery(
            project=row.project,
            webhook=row.subscriber,
            id=ids.derived(row.event, WEBHOOKS.encode(), row.subscriber, name.encode()),
            event_id=row.event,
            event_number=row.event_number,
            position=NAMES.index(name),
            event=name,
            conversation=row.conversation,
            payload=payloads.encoded(name, data, at=at),
            created_at=at,
            message=None if facts.message is None else facts.message.id,
            queued=queued,
        )
        for name, data in sorted(happened.items(), key=lambda item: NAMES.index(item[0]))
        if name in events
    ]


def _happened(row: ConsumerEvent, facts: Facts) -> dict[str, Data]:
    """The events of the catalogue that this one is, each with its data."""
    if row.kind == DELETED:
        return _deleted(row)
    if facts.visitor is None:
        return {}
    found = _learned(row, facts.visitor)
    if row.conversation is None:
        return {
            "visitor.updated": AboutVisitor(project=uid(row.project), visitor=views.visitor(facts.visitor))
        } | found
    if facts.state is None:
        return {}
    conversation = views.conversation(row.conversation, facts.state, facts.visitor)
    if facts.changed is not None:
        found |= _changed(row, facts.changed, facts.visitor, conversation)
    if row.kind == OWNER and row.details is not None:
        found |= _handed_over(row, row.details, conversation)
    if facts.message is None:
        return found
    if row.kind == "message_posted":
        return found | _posted(row, facts.message, conversation)
    if row.details is not None and not facts.message.hidden:
        found |= _altered(row, row.details, facts.message, conversation)
    return found


def _deleted(row: ConsumerEvent) -> dict[str, Data]:
    """Its rows are gone, and with them all that could be said."""
    if row.conversation is None or row.details is None:
        return {}
    gone = DeletedConversation(
        id=uid(row.conversation), visitor=None if row.visitor is None else uid(row.visitor)
    )
    by = views.acting(row.details)
    return {"conversation.deleted": AboutDeletion(project=uid(row.project), conversation=gone, by=by)}


def _handed_over(row: ConsumerEvent, details: Details, conversation: EventConversation) -> dict[str, Data]:
    if details.state not in {"handed_over", "declined"}:
        return {}
    about = AboutHandOver(
        project=uid(row.project),
        conversation=conversation,
        by=views.acting(details),
        reason=details.state,
    )
    return {"assistant.handed_over": about}


def _learned(row: ConsumerEvent, visitor: KnownVisitor) -> dict[str, Data]:
    learned = () if row.details is None else row.details.learned
    if not learned:
        return {}
    return {
        "visitor.identified": AboutIdentity(
            project=uid(row.project),
            visitor=views.visitor(visitor),
            verified=SIGNED in learned,
            learned=[one for one in learned if one != SIGNED],
        )
    }


def _posted(row: ConsumerEvent, posted: Posted, conversation: EventConversation) -> dict[str, Data]:
    project = uid(row.project)
    message = AboutMessage(project=project, conversation=conversation, message=views.message(posted))
    if not rules.visible_to_visitor(posted.kind):
        return {"note.created": message}
    found: dict[str, Data] = {"message.created": message}
    if posted.seq == FIRST:
        found["conversation.created"] = AboutConversation(project=project, conversation=conversation)
    name = {"form_request": "form.sent", "form_answer": "form.answered"}.get(posted.kind)
    if name is not None:
        form = views.form(posted, state=states.OPEN)
        by = views.author(posted)
        found[name] = AboutForm(project=project, conversation=conversation, by=by, form=form)
    return found


def _altered(
    row: ConsumerEvent, details: Details, posted: Posted, conversation: EventConversation
) -> dict[str, Data]:
    project, by = uid(row.project), views.acting(details)
    match row.kind:
        case "message_edited" | "message_redacted":
            name = row.kind.replace("_", ".")
            if not rules.visible_to_visitor(posted.kind):
                name = name.replace("message.", "note.")
            message = views.message(posted)
            about = AboutAlteration(project=project, conversation=conversation, by=by, message=message)
            return {name: about}
        case "form_changed" if details.state == states.ANSWERED:
            return {}  # `form.answered` of its message says so
        case "form_changed" | "form_answer_changed":
            form = views.form(posted, state=details.state)
            return {"form.updated": AboutForm(project=project, conversation=conversation, by=by, form=form)}
        case _:
            return {}


def _changed(
    row: ConsumerEvent, changed: Changed, visitor: KnownVisitor, conversation: EventConversation
) -> dict[str, Data]:
    change = AboutChange(
        project=uid(row.project),
        conversation=conversation,
        by=views.actor(changed, visitor),
        changes=views.changes(changed),
    )
    found: dict[str, Data] = {"conversation.updated": change}
    if changed.assigned:
        found["conversation.assigned"] = change
    if changed.status == "solved":
        found["conversation.solved"] = change
    if changed.status == "open":
        found["conversation.reopened"] = change
    return found


def _at(row: ConsumerEvent, facts: Facts) -> int:
    if row.details is not None and row.kind != "message_posted":
        return row.details.at
    if facts.message is not None:
        return facts.message.at
    return row.created_at if facts.changed is None else facts.changed.at
