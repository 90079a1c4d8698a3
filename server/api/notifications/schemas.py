"""The JSON schemas of notifications."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.notifications.subscriptions import MAX_ENDPOINT
from server.api.http.fields import NO_NUL, At

Shown = Annotated[
    Literal["nothing", "name", "text"],
    Meta(
        description="what a notification says: that there is a message, also who wrote it, or also its text"
    ),
]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z", description="`HH:MM`")]
Key = Annotated[str, Meta(min_length=1, max_length=100, pattern=NO_NUL)]


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Wall-clock times in your time zone. `since` after `until`: they cross midnight."""

    since: Clock
    until: Clock


class NotificationPreferences(msgspec.Struct, frozen=True, kw_only=True):
    """`unassigned`: also of conversations without an assignee. `quiet_days`: whole days, 0 is Monday.

    In quiet hours, on quiet days and until `muted_until` nothing sounds and nothing is sent. `version`: 0
    before the first change. `timezone`: of your profile.
    """

    version: int
    unassigned: bool
    shown: Shown
    quiet_hours: QuietHours | None
    quiet_days: list[int]
    muted_until: At | None
    timezone: str


class NotificationPreferencesChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them. `version`: the one that you loaded."""

    version: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    unassigned: bool
    shown: Shown
    quiet_hours: QuietHours | None
    quiet_days: Annotated[list[Annotated[int, Meta(ge=0, le=6)]], Meta(max_length=7)]
    muted_until: Annotated[At, Meta(ge=0, le=2**52)] | None


class TabReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`device`: chosen by the browser, the same for all its tabs. `focused`: with the focus, and used lately.

    `sounds`, `notifies`: whether it can play a sound, and show notifications. `unused`: ms since it was used.
    `gone`: it is being closed, and the rest does not matter.
    """

    tab: UUID
    device: UUID
    focused: bool
    sounds: bool
    notifies: bool
    unused: Annotated[int, Meta(ge=0, le=2**40)]
    gone: bool = False


class Alerting(msgspec.Struct, frozen=True, kw_only=True):
    """Whether this device is the one that sounds, and the one that shows notifications; one of yours does."""

    sounds: bool
    notifies: bool


class PushKeys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As in `PushSubscription.toJSON()` of the browser."""

    p256dh: Key
    auth: Key


class NewPushSubscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`endpoint`: the address at the push service. `public_key`: the one that the browser subscribed with."""

    endpoint: Annotated[str, Meta(min_length=1, max_length=MAX_ENDPOINT, pattern=NO_NUL)]
    keys: PushKeys
    public_key: Key


class PushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that gets push messages. `current`: of this sign-in. `service`: the host of its push service.

    `renew`: it was made with an earlier key; the dashboard makes a new one when it is opened there.
    """

    id: UUID
    current: bool
    device: str
    service: str
    created_at: At
    pushed_at: At | None
    renew: bool


class PushSubscriptions(msgspec.Struct, frozen=True, kw_only=True):
    """`public_key`: what a browser subscribes with (`applicationServerKey`), in base64url."""

    public_key: str
    items: list[PushSubscription]
