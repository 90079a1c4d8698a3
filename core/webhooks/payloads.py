"""What webhooks carry: `{type, timestamp, data}` as Standard Webhooks asks; one struct per kind of data.

Additive: receivers must ignore fields that they do not know. Times are ISO 8601 in UTC.
"""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from core import ids
from core.model import Meta


class EventVisitor(msgspec.Struct, frozen=True, kw_only=True):
    """`facts`: what the page said about the visitor by `identify()`, not verified.

    `external_id` and `verified`: what the site has signed, the visitor's id there and more; null: nothing.
    """

    id: str
    name: str
    facts: Meta
    external_id: str | None = None
    verified: Meta | None = None


class EventConversation(msgspec.Struct, frozen=True, kw_only=True):
    """`assignee`: the id of an agent, or null. State at the time of the first attempt, not of the event."""

    id: str
    status: str
    assignee: str | None
    last_seq: int
    visitor: EventVisitor


class EventAuthor(msgspec.Struct, frozen=True, kw_only=True):
    """`party`: visitor, agent, assistant or system; later releases may add others."""

    party: str
    id: str
    name: str


class EventMessage(msgspec.Struct, frozen=True, kw_only=True):
    """`seq` counts the messages of a conversation from 1, without a gap. `content`: of structured kinds.

    As the message is when the delivery is prepared, and again where it is altered before it is sent.
    `redacted_at`: its text was removed, and `body` is empty.
    """

    id: str
    seq: int
    kind: str
    body: str
    author: EventAuthor
    at: str
    content: dict[str, Any] | None = None
    edited_at: str | None = None
    redacted_at: str | None = None


class EventForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form that was sent (`fields`) or filled (`values`).

    `request`: the message that asked; null: the form before the chat, or one that an agent has filled.
    `answer`: the message with the values. `state`: open, answered, expired or cancelled; later releases may
    add others. `version` counts the corrections. `removed`: its values or its text were removed.
    """

    template: str | None
    name: str
    request: str | None
    answer: str | None
    state: str
    fields: list[dict[str, Any]] = []
    values: list[dict[str, Any]] = []
    expires_at: str | None = None
    version: int = 1
    removed: bool = False


class DeletedConversation(msgspec.Struct, frozen=True, kw_only=True):
    """`visitor`: the id of its visitor."""

    id: str
    visitor: str | None


class EventActor(msgspec.Struct, frozen=True, kw_only=True):
    """Who did it."""

    party: str
    id: str
    name: str


class AboutConversation(msgspec.Struct, frozen=True, kw_only=True):
    project: str
    conversation: EventConversation


class AboutChange(msgspec.Struct, frozen=True, kw_only=True):
    """`status` and `assignee` as this change left them; only what it changed is there."""

    project: str
    conversation: EventConversation
    by: EventActor
    changes: dict[str, str | None]


class AboutMessage(msgspec.Struct, frozen=True, kw_only=True):
    project: str
    conversation: EventConversation
    message: EventMessage


class AboutAlteration(msgspec.Struct, frozen=True, kw_only=True):
    """`message`: with its new text, or without any. `by`: who altered it."""

    project: str
    conversation: EventConversation
    by: EventActor
    message: EventMessage


class AboutForm(msgspec.Struct, frozen=True, kw_only=True):
    """`by`: who sent, filled or changed it; of one that has expired: the system."""

    project: str
    conversation: EventConversation
    by: EventActor
    form: EventForm


class AboutDeletion(msgspec.Struct, frozen=True, kw_only=True):
    """Delete what you keep of it."""

    project: str
    conversation: DeletedConversation
    by: EventActor


class AboutHandOver(msgspec.Struct, frozen=True, kw_only=True):
    """`reason`: `handed_over` by the assistant, or `declined` by the visitor; other words may come."""

    project: str
    conversation: EventConversation
    by: EventActor
    reason: str


class AboutIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """`verified`: the site has signed who the visitor is; else the page said it.

    `learned`: `name` and `email` that an anonymous visitor had not before; empty for a verified one.
    """

    project: str
    visitor: EventVisitor
    verified: bool
    learned: list[str]


class AboutVisitor(msgspec.Struct, frozen=True, kw_only=True):
    project: str
    visitor: EventVisitor


class AboutPing(msgspec.Struct, frozen=True, kw_only=True):
    """A test that a manager has sent."""

    project: str
    webhook: str


Data = (
    AboutConversation
    | AboutChange
    | AboutMessage
    | AboutAlteration
    | AboutForm
    | AboutDeletion
    | AboutHandOver
    | AboutVisitor
    | AboutIdentity
    | AboutPing
)


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a delivery."""

    type: str
    timestamp: str
    data: Any


_encode: Final = msgspec.json.Encoder().encode


def encoded(event: str, data: Data, *, at: int) -> str:
    """The body. `at`: when it happened, in ms."""
    return _encode(Payload(type=event, timestamp=iso(at), data=data)).decode()


def iso(at: int) -> str:
    """ISO 8601 in UTC, with milliseconds."""
    made = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
    return made.removesuffix("+00:00") + "Z"


def uid(value: bytes) -> str:
    return ids.text(value)
