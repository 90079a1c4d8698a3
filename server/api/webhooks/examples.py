"""Examples: webhooks, their deliveries, and the payload of each event of the catalogue."""

from typing import Any, Final
from uuid import UUID

import msgspec

from core.webhooks import catalogue, payloads
from server.api.identity.examples import AT, PERSON
from server.api.webhooks import schemas

ID: Final = "01936b2e-8c00-7a00-8000-0000000000{:02x}"
PROJECT: Final = ID.format(1)
SECRET: Final = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="  # noqa: S105  an example

_visitor: Final = payloads.EventVisitor(
    id=ID.format(2), name="Ana", facts={"plan": "pro", "email": "ana@example.org"}
)
_conversation: Final = payloads.EventConversation(
    id=ID.format(3), status="open", assignee=None, last_seq=7, visitor=_visitor
)
_by: Final = payloads.EventActor(party="agent", id=ID.format(4), name="Mai Tran")
_message: Final = payloads.AboutMessage(
    project=PROJECT,
    conversation=_conversation,
    message=payloads.EventMessage(
        id=ID.format(5),
        seq=7,
        kind="text",
        body="Where is my parcel?",
        author=payloads.EventAuthor(party="visitor", id=_visitor.id, name="Ana"),
        at=payloads.iso(AT),
    ),
)
_altered: Final = payloads.EventMessage(
    id=ID.format(5),
    seq=7,
    kind="text",
    body="Where is my parcel? Its number is …",
    author=_message.message.author,
    at=payloads.iso(AT),
    edited_at=payloads.iso(AT + 60_000),
)
_form: Final = payloads.EventForm(
    template=ID.format(8),
    name="Order",
    request=ID.format(9),
    answer=ID.format(10),
    state="answered",
    values=[{"key": "number", "label": "Order number", "value": "1017"}],
)
DATA: Final[dict[type[payloads.Data], payloads.Data]] = {
    payloads.AboutConversation: payloads.AboutConversation(project=PROJECT, conversation=_conversation),
    payloads.AboutChange: payloads.AboutChange(
        project=PROJECT, conversation=_conversation, by=_by, changes={"status": "solved"}
    ),
    payloads.AboutMessage: _message,
    payloads.AboutAlteration: payloads.AboutAlteration(
        project=PROJECT, conversation=_conversation, by=_by, message=_altered
    ),
    payloads.AboutForm: payloads.AboutForm(
        project=PROJECT,
        conversation=_conversation,
        by=payloads.EventActor(party="visitor", id=_visitor.id, name="Ana"),
        form=_form,
    ),
    payloads.AboutDeletion: payloads.AboutDeletion(
        project=PROJECT,
        conversation=payloads.DeletedConversation(id=_conversation.id, visitor=_visitor.id),
        by=_by,
    ),
    payloads.AboutHandOver: payloads.AboutHandOver(
        project=PROJECT,
        conversation=_conversation,
        by=payloads.EventActor(party="assistant", id=ID.format(1), name="Assistant"),
        reason="handed_over",
    ),
    payloads.AboutIdentity: payloads.AboutIdentity(
        project=PROJECT, visitor=_visitor, verified=False, learned=["name", "email"]
    ),
    payloads.AboutVisitor: payloads.AboutVisitor(project=PROJECT, visitor=_visitor),
    payloads.AboutPing: payloads.AboutPing(project=PROJECT, webhook=ID.format(6)),
}


def payload(event: str, data: type[payloads.Data]) -> dict[str, Any]:
    """An example of the body of a delivery."""
    made: dict[str, Any] = msgspec.json.decode(payloads.encoded(event, DATA[data], at=AT))
    return made


_webhook: Final = schemas.Webhook(
    id=UUID(ID.format(6)),
    url="https://crm.example/parley",
    description="Our CRM",
    events=["conversation.created", "message.created"],
    headers=["Authorization"],
    ordered=True,
    active=True,
    disabled=None,
    failing_since=None,
    paused_until=None,
    previous_secret_until=None,
    version=2,
    created_at=AT,
    changed_at=AT,
    changed_by=PERSON,
)
_delivery: Final = schemas.Delivery(
    id=UUID(ID.format(7)),
    event="message.created",
    conversation=UUID(_conversation.id),
    state="delivered",
    tries=1,
    replays=0,
    created_at=AT,
    next_attempt_at=None,
    finished_at=AT + 120,
    attempts=[schemas.Attempt(at=AT + 20, ms=100, status=200, response="ok")],
    payload=payload("message.created", payloads.AboutMessage),
)

ALL: Final[tuple[msgspec.Struct, ...]] = (
    _webhook,
    schemas.MadeWebhook(webhook=_webhook, secret=SECRET),
    schemas.NewWebhook(
        url=_webhook.url,
        events=["conversation.created", "message.created"],
        description=_webhook.description,
        headers={"Authorization": "Bearer of-your-crm"},
    ),
    schemas.WebhookChange(version=2, active=False),
    schemas.SecretRotation(),
    _delivery,
    schemas.DeliveryPage(items=[_delivery], next_cursor=None),
    schemas.Replay(since=AT),
    schemas.Replayed(queued=12),
)
EVENTS: Final = {
    **{one.name: (one.about, one.data) for one in catalogue.CATALOGUE},
    catalogue.PING: ("A test, sent by a manager. Every webhook gets it.", payloads.AboutPing),
}
"""For the section `webhooks` of the OpenAPI document."""
