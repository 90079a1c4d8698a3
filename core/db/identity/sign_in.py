"""Who may do what: a sign-in, its user and a role in one round trip, since every request asks."""

from collections.abc import Sequence

import msgspec

from core.db.connection import Connection
from core.identity.api_keys import Scope
from core.ids import ProjectId, UserId
from core.model import Role


class Caller(msgspec.Struct, frozen=True):
    """Who acts: a living sign-in, or an API key, which has neither address nor admin's rights.

    `role` None: a stranger to that project, or there is no such project.
    """

    user: UserId
    email: str
    full_name: str
    is_admin: bool
    role: Role | None


class KnownKey(msgspec.Struct, frozen=True):
    """An API key of the project that was asked for."""

    id: bytes
    name: str
    scopes: Sequence[Scope]
    last_used_at: int | None


class SignIn(msgspec.Struct, frozen=True):
    """What a request shows of its sender, at `now`; `project` is the one it is about."""

    session: bytes
    user: UserId
    project: ProjectId | None
    now: int


async def callers(conn: Connection, shown: Sequence[SignIn]) -> list[Caller | None]:
    """Who calls, in the same order, with the role in each project; None: ended or expired."""
    rows = await conn.fetch(
        """
        SELECT asked.n, u.id, u.email, u.full_name, u.is_admin, m.role
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[])
             WITH ORDINALITY AS asked (session_id, user_id, project_id, now, n)
        JOIN sessions s ON s.id = asked.session_id AND s.user_id = asked.user_id AND s.expires_at > asked.now
        JOIN users u ON u.id = s.user_id AND u.state = 'active'
        LEFT JOIN memberships m ON m.user_id = u.id AND m.project_id = asked.project_id
        """,
        [one.session for one in shown],
        [one.user for one in shown],
        [one.project for one in shown],
        [one.now for one in shown],
    )
    found = {row[0]: Caller(*list(row)[1:]) for row in rows}
    return [found.get(number) for number in range(1, len(shown) + 1)]


async def api_key(conn: Connection, project: ProjectId, *, key_hash: bytes) -> KnownKey | None:
    """The key of that hash, if it is one of `project`."""
    row = await conn.fetchrow(
        "SELECT id, name, scopes, last_used_at FROM api_keys WHERE project_id = $1 AND key_hash = $2",
        project,
        key_hash,
    )
    return None if row is None else KnownKey(*row)


async def note_use(conn: Connection, project: ProjectId, key: bytes, *, now: int, unless_since: int) -> None:
    """The key was used `now`; nothing is written where somebody noted a use at or after `unless_since`."""
    await conn.execute(
        "UPDATE api_keys SET last_used_at = $3 "
        "WHERE project_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $4)",
        project,
        key,
        now,
        unless_since,
    )
