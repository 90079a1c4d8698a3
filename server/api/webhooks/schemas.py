"""The JSON schemas of webhooks."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.webhooks.catalogue import NAMES
from server.api.http.fields import NAME, NO_NUL, PAGE, At, Cursor, Person

Url = Annotated[
    str,
    Meta(
        min_length=9, max_length=2_000, pattern=r"^https://[^\x00-\x20\x7f]+\Z", description="https:// only"
    ),
]
Description = Annotated[str, Meta(max_length=200, pattern=NAME)]
EventName = Literal[NAMES]  # type: ignore[valid-type]  # the catalogue is one table
Events = Annotated[list[EventName], Meta(min_length=1, max_length=100)]
HeaderName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+\Z")]
HeaderValue = Annotated[str, Meta(max_length=1_000, pattern=r"^[\x20-\x7e]*\Z")]
Headers = Annotated[
    dict[HeaderName, HeaderValue], Meta(max_length=10, description="sent with every delivery; ASCII")
]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
State = Literal["queued", "delivered", "dead"]
Moment = Annotated[int, Meta(ge=0, le=2**43, description="ms since the epoch")]


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """`headers`: the names only; values may be secrets.

    `disabled`: why Parley switched it off: every attempt failed for five days (`failing`), or the receiver
    answered 410 (`gone`). `failing_since`: of the first failure since the last success. `paused_until`: too
    many failures in a row; nothing is sent before. `previous_secret_until`: until then the secret before
    the last rotation signs too.
    """

    id: UUID
    url: str
    description: str
    events: list[str]
    headers: list[str]
    ordered: bool
    active: bool
    disabled: Literal["failing", "gone"] | None
    failing_since: At | None
    paused_until: At | None
    previous_secret_until: At | None
    version: int
    created_at: At
    changed_at: At
    changed_by: Person | None


class MadeWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """`secret`: verifies the signatures. It is shown only here."""

    webhook: Webhook
    secret: str


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ordered`: an event of a conversation waits until the one before it is delivered or given up."""

    url: Url
    events: Events
    description: Description = ""
    headers: Headers = {}
    ordered: bool = True
    active: bool = True


class WebhookChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Omitted fields stay unchanged. `version`: of the webhook as you loaded it. `headers` replaces all."""

    version: Version
    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    headers: Headers | UnsetType = UNSET
    ordered: bool | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class SecretRotation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`overlap_hours`: how long the present secret signs beside the new one."""

    overlap_hours: Annotated[int, Meta(ge=0, le=168)] = 24


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """`status` 0: no response, `error` says why. `response`: the first 4 KiB of the last attempt's body."""

    at: At
    ms: int
    status: int = 0
    error: str = ""
    response: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """`id`: the header `Webhook-Id`, the same in every attempt and replay.

    `next_attempt_at`: of a queued one.
    """

    id: UUID
    event: str
    conversation: UUID | None
    state: State
    tries: int
    replays: int
    created_at: At
    next_attempt_at: At | None
    finished_at: At | None
    attempts: list[Attempt]
    payload: dict[str, Any]


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first. `next_cursor`: send it as `cursor`; null on the last page."""

    items: list[Delivery]
    next_cursor: str | None


class DeliveryQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cursor`: `next_cursor` of the previous page."""

    state: State | None = None
    event: Annotated[str, Meta(max_length=50, pattern=NO_NUL)] | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE)] = 50


class Replay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Deliveries of events that happened from `since` until before `until`."""

    since: Moment
    until: Moment | None = None
    states: Annotated[list[Literal["delivered", "dead"]], Meta(min_length=1, max_length=2)] = msgspec.field(
        default_factory=lambda: ["dead"]
    )


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """`queued`: how many are sent again; at most 10,000 by one request, the oldest first."""

    queued: int
