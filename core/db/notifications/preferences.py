"""Table `notification_preferences`: which notifications a user gets."""

import msgspec

from core.db.connection import Connection
from core.ids import UserId
from core.notifications.preferences import Preferences


class Kept(msgspec.Struct, frozen=True):
    """`version` 0: nothing was set. `timezone`: of the user's profile, in which quiet hours count."""

    preferences: Preferences
    version: int
    timezone: str


async def of_user(conn: Connection, user: UserId) -> Kept | None:
    """None: there is no such user."""
    row = await conn.fetchrow(
        """
        SELECT coalesce(n.unassigned, true), coalesce(n.shown, 'name'), n.quiet_from, n.quiet_until,
               coalesce(n.quiet_days, '{}'), n.muted_until, coalesce(n.version, 0), u.timezone
        FROM users u LEFT JOIN notification_preferences n ON n.user_id = u.id WHERE u.id = $1
        """,
        user,
    )
    return None if row is None else Kept(read(row[:6]), row[6], row[7])


def read(row: tuple[bool, str, int | None, int | None, list[int], int | None]) -> Preferences:
    """From the columns in the order of the table."""
    unassigned, shown, quiet_from, quiet_until, quiet_days, muted_until = row
    return Preferences(
        unassigned=unassigned,
        shown=shown,  # type: ignore[arg-type]  # the table's check
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        quiet_days=tuple(quiet_days),
        muted_until=muted_until,
    )


async def save(conn: Connection, user: UserId, made: Preferences, *, version: int, now: int) -> int | None:
    """Replaces them; returns their new version. None: `version` is not the stored one."""
    saved: int | None = await conn.fetchval(
        """
        INSERT INTO notification_preferences AS p (user_id, unassigned, shown, quiet_from, quiet_until,
                                                   quiet_days, muted_until, changed_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE $9 = 0 OR EXISTS (
            SELECT FROM notification_preferences w WHERE w.user_id = $1
        )
        ON CONFLICT (user_id)
        DO UPDATE SET unassigned = excluded.unassigned, shown = excluded.shown,
                      quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
                      quiet_days = excluded.quiet_days, muted_until = excluded.muted_until,
                      changed_at = excluded.changed_at, version = p.version + 1
        WHERE p.version = $9
        RETURNING version
        """,
        user,
        made.unassigned,
        made.shown,
        made.quiet_from,
        made.quiet_until,
        list(made.quiet_days),
        made.muted_until,
        now,
        version,
    )
    return saved
