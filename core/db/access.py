"""Who may do what: a sign-in, its user and a role in one round trip, since every request asks."""

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId
from core.model import Role


class Caller(msgspec.Struct, frozen=True):
    """A living sign-in. `role` None: a stranger to that project, or there is no such project."""

    user: UserId
    email: str
    full_name: str
    role: Role | None


async def caller(
    conn: Connection, *, session: bytes, user: UserId, project: ProjectId | None, now: int
) -> Caller | None:
    """Who calls, with the role in `project`; None when the sign-in was ended or has expired."""
    row = await conn.fetchrow(
        """
        SELECT u.id, u.email, u.full_name, m.role
        FROM sessions s
        JOIN users u ON u.id = s.user_id
        LEFT JOIN memberships m ON m.user_id = u.id AND m.project_id = $3
        WHERE s.id = $1 AND s.user_id = $2 AND s.expires_at > $4
        """,
        session,
        user,
        project,
        now,
    )
    return None if row is None else Caller(*row)
