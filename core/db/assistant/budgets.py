"""The daily tokens of projects' assistants: settles which turn passes the mark, and who hears of it."""

from typing import Final

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId

MARK: Final = """
UPDATE assistants a SET warned_at = $3
WHERE a.project_id = $1 AND (a.warned_at IS NULL OR a.warned_at < $2)
  AND coalesce((SELECT t.tokens FROM daily_tokens t
                WHERE t.project_id = $1 AND t.spender = 'assistant'
                  AND t.day = ($2::timestamptz AT TIME ZONE 'UTC')::date), 0) * 100
      >= a.daily_tokens::bigint * $4
RETURNING a.daily_tokens
"""


class Recipient(msgspec.Struct, frozen=True):
    """Whom a mail is for."""

    email: str
    full_name: str
    language: str
    timezone: str


async def pass_mark(conn: Connection, project: ProjectId, *, percent: int, day: int, now: int) -> int | None:
    """The daily tokens, if this transaction is the first to see `percent` of them used on the day that began
    then.
    """
    limit: int | None = await conn.fetchval(
        MARK,
        project,
        day,
        now,
        percent,
    )
    return limit


async def project_name(conn: Connection, project: ProjectId) -> str:
    name: str | None = await conn.fetchval("SELECT name FROM projects WHERE id = $1", project)
    return name or ""


async def managers(conn: Connection, project: ProjectId) -> list[Recipient]:
    """Those with an active account and a confirmed address."""
    rows = await conn.fetch(
        """
        SELECT u.email, u.full_name, u.language, u.timezone
        FROM memberships m
        JOIN users u ON u.id = m.user_id AND u.state = 'active' AND u.email_verified_at IS NOT NULL
        WHERE m.project_id = $1 AND m.role = 'manager' ORDER BY m.user_id LIMIT 50
        """,
        project,
    )
    return [Recipient(*row) for row in rows]
