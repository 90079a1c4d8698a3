"""Authorisation: session, user and role in one round trip, because every request needs them."""

from collections.abc import Sequence

import msgspec

from core.db.connection import Connection
from core.identity.api_keys import Scope
from core.ids import ProjectId, UserId
from core.model import Role


class Caller(msgspec.Struct, frozen=True):
    """Who calls: the user of a session, or an API key, which has neither an address nor admin rights.

    `role` None: not a member of the project, or the project does not exist.
    """

    user: UserId
    email: str
    full_name: str
    is_admin: bool
    role: Role | None


class KnownKey(msgspec.Struct, frozen=True):
    """An API key of the requested project."""

    id: bytes
    name: str
    scopes: Sequence[Scope]
    last_used_at: int | None


class SignIn(msgspec.Struct, frozen=True):
    """The claims of a request at `now`; `project` is the requested one."""

    session: bytes
    user: UserId
    project: ProjectId | None
    now: int


async def callers(conn: Connection, shown: Sequence[SignIn]) -> list[Caller | None]:
    """The callers, in the same order, with the role in each project; None: the session ended or expired."""
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
    """The key with that hash, if it belongs to `project`."""
    row = await conn.fetchrow(
        "SELECT id, name, scopes, last_used_at FROM api_keys WHERE project_id = $1 AND key_hash = $2",
        project,
        key_hash,
    )
    return None if row is None else KnownKey(*row)


async def note_use(conn: Connection, project: ProjectId, key: bytes, *, now: int, unless_since: int) -> None:
    """Records that the key was used `now`, unless a use at or after `unless_since` is already recorded."""
    await conn.execute(
        "UPDATE api_keys SET last_used_at = $3 "
        "WHERE project_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $4)",
        project,
        key,
        now,
        unless_since,
    )
