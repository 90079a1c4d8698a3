"""What the administrators of an installation see: users, projects and counts."""

from typing import Final

import msgspec

from core.db.connection import Connection
from core.ids import SYSTEM, ProjectId, UserId
from core.model import UserState

COUNTED: Final = 100_000
"""The most conversations of one project that are counted: counting more takes too long."""


class Account(msgspec.Struct, frozen=True):
    """A user. `projects`: how many the user is a member of."""

    id: UserId
    email: str
    full_name: str
    state: UserState
    is_admin: bool
    email_verified: bool
    two_factor: bool
    created_at: int
    projects: int


class Tenant(msgspec.Struct, frozen=True):
    """A project with its counts; `managers`: active ones; `conversations`: at most COUNTED."""

    id: ProjectId
    name: str
    members: int
    managers: int
    conversations: int
    created_at: int


class Mails(msgspec.Struct, frozen=True):
    """How many mails are queued, and how many were given up."""

    waiting: int
    dead: int


async def accounts(
    conn: Connection, *, query: str, state: UserState | None, after: tuple[int, bytes] | None, limit: int
) -> list[Account]:
    """Users whose name or address contains `query`, newest first. `after`: where the previous page ended."""
    rows = await conn.fetch(
        """
        SELECT u.id, u.email, u.full_name, u.state, u.is_admin, u.email_verified_at IS NOT NULL,
               EXISTS (SELECT FROM two_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL),
               u.created_at, (SELECT count(*) FROM memberships m WHERE m.user_id = u.id)
        FROM users u
        WHERE u.id <> $1
          AND ($2 = '' OR strpos(u.email, lower($2)) > 0 OR strpos(lower(u.full_name), lower($2)) > 0)
          AND ($3::text IS NULL OR u.state = $3)
          AND ($4::timestamptz IS NULL OR (date_trunc('milliseconds', u.created_at), u.id) < ($4, $5))
        ORDER BY date_trunc('milliseconds', u.created_at) DESC, u.id DESC LIMIT $6
        """,
        SYSTEM,
        query,
        state,
        None if after is None else after[0],
        None if after is None else after[1],
        limit,
    )
    return [Account(*row) for row in rows]


async def tenants(
    conn: Connection, *, query: str, after: tuple[int, bytes] | None, limit: int
) -> list[Tenant]:
    """Projects whose name contains `query`, likewise."""
    rows = await conn.fetch(
        """
        SELECT p.id, p.name, (SELECT count(*) FROM memberships m WHERE m.project_id = p.id),
               (SELECT count(*) FROM memberships m JOIN users u ON u.id = m.user_id AND u.state = 'active'
                WHERE m.project_id = p.id AND m.role = 'manager'),
               (SELECT count(*) FROM (SELECT FROM conversations c WHERE c.project_id = p.id LIMIT $5) those),
               p.created_at
        FROM projects p
        WHERE p.deleted_at IS NULL AND ($1 = '' OR strpos(lower(p.name), lower($1)) > 0)
          AND ($2::timestamptz IS NULL OR (date_trunc('milliseconds', p.created_at), p.id) < ($2, $3))
        ORDER BY date_trunc('milliseconds', p.created_at) DESC, p.id DESC LIMIT $4
        """,
        query,
        None if after is None else after[0],
        None if after is None else after[1],
        limit,
        COUNTED,
    )
    return [Tenant(*row) for row in rows]


async def counts(conn: Connection, *, now: int) -> dict[str, int]:
    """The number of rows by table; of conversations the planner's estimate, or exactly below COUNTED."""
    row = await conn.fetchrow(
        """
        SELECT (SELECT count(*) FROM users WHERE id <> $1 AND state <> 'deleted') AS users,
               (SELECT count(*) FROM users WHERE is_admin AND state = 'active') AS admins,
               (SELECT count(*) FROM sessions WHERE expires_at > $2) AS sessions,
               (SELECT count(*) FROM projects WHERE deleted_at IS NULL) AS projects,
               greatest(
                   (SELECT reltuples::bigint FROM pg_class WHERE oid = 'conversations'::regclass),
                   (SELECT count(*) FROM (SELECT FROM conversations LIMIT $3) those)
               ) AS conversations
        """,
        SYSTEM,
        now,
        COUNTED,
    )
    return dict(row.items())


async def mails(conn: Connection) -> Mails:
    """The state of the mail queue."""
    row = await conn.fetchrow(
        "SELECT count(*) FILTER (WHERE dead IS NULL), count(*) FILTER (WHERE dead IS NOT NULL) FROM mails"
    )
    return Mails(*row)


async def version(conn: Connection) -> str:
    """The version of Postgres."""
    said: str = await conn.fetchval("SHOW server_version")
    return said


async def living_admins(conn: Connection) -> set[UserId]:
    """The active admins, locked until the end of the transaction."""
    rows = await conn.fetch(
        "SELECT id FROM users WHERE is_admin AND state = 'active' ORDER BY id FOR NO KEY UPDATE"
    )
    return {row[0] for row in rows}


async def set_admin(conn: Connection, user: UserId, *, is_admin: bool) -> None:
    """Grants or revokes the right to administer this installation."""
    await conn.execute("UPDATE users SET is_admin = $2 WHERE id = $1", user, is_admin)
