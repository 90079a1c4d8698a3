"""Table `copilot_preferences`: how the copilot writes, for each agent and for the project."""

import msgspec

from core.copilot.preferences import Preferences
from core.db.connection import Connection
from core.ids import ProjectId, UserId


class Kept(msgspec.Struct, frozen=True):
    """`version` 0: nothing was set."""

    preferences: Preferences = Preferences()
    version: int = 0


async def of(conn: Connection, project: ProjectId, user: UserId | None) -> Kept:
    """The member's own; None: the project's."""
    row = await conn.fetchrow(
        "SELECT tone, length, language, style, version FROM copilot_preferences "
        "WHERE project_id = $1 AND owner_id = $2",
        project,
        user or project,
    )
    return Kept() if row is None else Kept(Preferences(*row[:4]), row[4])


async def save(
    conn: Connection,
    project: ProjectId,
    user: UserId | None,
    made: Preferences,
    *,
    version: int | None,
    now: int,
) -> int | None:
    """Replaces them; returns their version. None: `version` is not the present one."""
    saved: int | None = await conn.fetchval(
        """
        INSERT INTO copilot_preferences AS p (project_id, owner_id, user_id, tone, length, language, style,
                                              changed_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE coalesce($9::integer, 0) = 0 OR EXISTS (
            SELECT FROM copilot_preferences w WHERE w.project_id = $1 AND w.owner_id = $2
        )
        ON CONFLICT (project_id, owner_id)
        DO UPDATE SET tone = excluded.tone, length = excluded.length, language = excluded.language,
                      style = excluded.style, changed_at = excluded.changed_at, version = p.version + 1
        WHERE $9::integer IS NULL OR p.version = $9
        RETURNING p.version
        """,
        project,
        user or project,
        user,
        made.tone,
        made.length,
        made.language,
        made.style,
        now,
        version,
    )
    return saved
