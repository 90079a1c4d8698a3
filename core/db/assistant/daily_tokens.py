"""Table `daily_tokens`: what a project has spent in a day. Triggers write it when a turn's tokens change."""

from typing import Final, Literal

from core.db.connection import Connection
from core.ids import ProjectId

Spender = Literal["assistant", "copilot"]

SPENT: Final = """
SELECT coalesce((
    SELECT tokens FROM daily_tokens
    WHERE project_id = $1 AND spender = $2 AND day = ($3::timestamptz AT TIME ZONE 'UTC')::date
), 0)
"""


async def spent(conn: Connection, project: ProjectId, spender: Spender, *, day: int) -> int:
    """The tokens of turns that began on the day that began then, as far as they are committed."""
    found: int = await conn.fetchval(SPENT, project, spender, day)
    return found


async def remove_old(conn: Connection, *, before: int) -> None:
    """Deletes at most 500 of days before then."""
    await conn.execute(
        """
        DELETE FROM daily_tokens WHERE (project_id, spender, day) IN (
            SELECT project_id, spender, day FROM daily_tokens
            WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date LIMIT 500
        )
        """,
        before,
    )
