"""Table `copilot_figures`: how many of the copilot's answers agents take, and how much they change them."""

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId


class Figure(msgspec.Struct, frozen=True):
    """Of one intent. `edited`: the sum of accepted answers' edit distances, `letters`: of their lengths."""

    intent: str
    suggested: int
    accepted: int
    unedited: int
    edited: int
    letters: int


async def suggested(conn: Connection, project: ProjectId, intent: str, *, now: int) -> None:
    """An answer was made."""
    await conn.execute(
        """
        INSERT INTO copilot_figures AS f (project_id, day, intent, suggested)
        VALUES ($1, ($3::timestamptz AT TIME ZONE 'UTC')::date, $2, 1)
        ON CONFLICT (project_id, day, intent) DO UPDATE SET suggested = f.suggested + 1
        """,
        project,
        intent,
        now,
    )


async def accept(
    conn: Connection,
    project: ProjectId,
    session: bytes,
    *,
    user: UserId,
    message: bytes,
    edited: int,
    now: int,
) -> bool:
    """The agent took the answer, changed by `edited`: counted once. False: none of theirs."""
    row = await conn.fetchrow(
        """
        SELECT m.turn_id, m.intent, char_length(m.text) FROM copilot_messages m
        JOIN copilot_sessions s ON s.project_id = m.project_id AND s.id = m.session_id
        WHERE m.project_id = $1 AND m.session_id = $2 AND s.user_id = $3 AND m.id = $4
          AND m.role = 'copilot' AND m.turn_id IS NOT NULL
        """,
        project,
        session,
        user,
        message,
    )
    if row is None:
        return False
    turn, intent, letters = row
    first = await conn.fetchval(
        "UPDATE copilot_turns SET accepted_at = $3, edited = $4 "
        "WHERE project_id = $1 AND id = $2 AND accepted_at IS NULL RETURNING true",
        project,
        turn,
        now,
        edited,
    )
    if first is True:
        await conn.execute(
            """
            INSERT INTO copilot_figures AS f (project_id, day, intent, accepted, unedited, edited, letters)
            VALUES ($1, ($3::timestamptz AT TIME ZONE 'UTC')::date, $2, 1, $4, $5, $6)
            ON CONFLICT (project_id, day, intent) DO UPDATE
            SET accepted = f.accepted + 1, unedited = f.unedited + excluded.unedited,
                edited = f.edited + excluded.edited, letters = f.letters + excluded.letters
            """,
            project,
            intent,
            now,
            int(edited == 0),
            edited,
            letters,
        )
    return True


async def since(conn: Connection, project: ProjectId, *, at: int) -> list[Figure]:
    """By intent, from the day of `at` on."""
    rows = await conn.fetch(
        """
        SELECT f.intent, sum(f.suggested)::bigint, sum(f.accepted)::bigint, sum(f.unedited)::bigint,
               sum(f.edited)::bigint, sum(f.letters)::bigint
        FROM copilot_figures f
        WHERE f.project_id = $1 AND f.day >= ($2::timestamptz AT TIME ZONE 'UTC')::date
        GROUP BY f.intent ORDER BY f.intent
        """,
        project,
        at,
    )
    return [Figure(*row) for row in rows]
