"""Examples: notifications."""

from typing import Final
from uuid import UUID

import msgspec

from server.api.identity.examples import AT
from server.api.notifications import schemas

_KEY: Final = "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM"
_quiet: Final = schemas.QuietHours(since="22:00", until="07:30")
_subscription: Final = schemas.PushSubscription(
    id=UUID("01936b2e-8c00-7a00-8000-0000000000d1"),
    current=True,
    device="Firefox 145, Linux",
    service="push.example.net",
    created_at=AT,
    pushed_at=AT + 60_000,
    renew=False,
)

_ONE: Final = UUID("01936b2e-8c00-7a00-8000-0000000000d2")

ALL: Final[tuple[msgspec.Struct, ...]] = (
    schemas.NotificationPreferences(
        version=3,
        unassigned=True,
        shown="name",
        quiet_hours=_quiet,
        quiet_days=[5, 6],
        muted_until=None,
        timezone="Asia/Ho_Chi_Minh",
    ),
    schemas.NotificationPreferencesChange(
        version=3, unassigned=True, shown="name", quiet_hours=_quiet, quiet_days=[5, 6], muted_until=None
    ),
    schemas.NewPushSubscription(
        endpoint="https://push.example.net/v2/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        keys=schemas.PushKeys(p256dh=_KEY, auth="BTBZMqHH6r4Tts7J_aSIgg"),
        public_key=_KEY,
    ),
    schemas.TabReport(tab=_ONE, device=_ONE, focused=True, sounds=True, notifies=False, unused=1_200),
    schemas.Alerting(sounds=True, notifies=False),
    _subscription,
    schemas.PushSubscriptions(public_key=_KEY, items=[_subscription]),
)
