"""What webhooks carry: `{type, timestamp, data}` as Standard Webhooks asks; one struct per kind of data.

Additive: receivers must ignore fields that they do not know. Times are ISO 8601 in UTC.
"""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from core import ids
from core.model import Meta


class EventVisitor(msgspec.Struct, frozen=True, kw_only=True):
    """`facts`: what the site said about the visitor by `identify()`, not verified."""

    id: str
    name: str
    facts: Meta


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
    """`seq` counts the messages of a conversation from 1, without a gap. `content`: of structured kinds."""

    id: str
    seq: int
    kind: str
    body: str
    author: EventAuthor
    at: str
    content: dict[str, Any] | None = None


class EventActor(msgspec.Struct, frozen=True, kw_only=True):
    """Who changed a conversation."""

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


class AboutVisitor(msgspec.Struct, frozen=True, kw_only=True):
    project: str
    visitor: EventVisitor


class AboutPing(msgspec.Struct, frozen=True, kw_only=True):
    """A test that a manager has sent."""

    project: str
    webhook: str


Data = AboutConversation | AboutChange | AboutMessage | AboutVisitor | AboutPing


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
