"""What an agent wants to be notified of, and when not: pure values."""

import zoneinfo
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

Shown = Literal["nothing", "name", "text"]
DAY: Final = 24 * 60  # minutes


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """`unassigned`: also of conversations without an assignee. `shown`: what a lock screen may show.

    `quiet_from`, `quiet_until`: minutes of the local day; they may cross midnight. `quiet_days`: whole local
    days, 0 is Monday. `muted_until` in ms.
    """

    unassigned: bool = True
    shown: Shown = "name"
    quiet_from: int | None = None
    quiet_until: int | None = None
    quiet_days: tuple[int, ...] = ()
    muted_until: int | None = None


def is_quiet(preferences: Preferences, *, timezone: str, now: int) -> bool:
    """Whether nothing may disturb the agent now. The times are of the wall clock, in summer and winter."""
    if preferences.muted_until is not None and now < preferences.muted_until:
        return True
    local = datetime.fromtimestamp(now / 1000, UTC).astimezone(_zone(timezone))
    if local.weekday() in preferences.quiet_days:
        return True
    begins, ends = preferences.quiet_from, preferences.quiet_until
    if begins is None or ends is None:
        return False
    minute = local.hour * 60 + local.minute
    return begins <= minute < ends if begins < ends else minute >= begins or minute < ends


def _zone(name: str) -> zoneinfo.ZoneInfo:
    """UTC for a zone that this machine does not know, for example after an update of the tables."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
