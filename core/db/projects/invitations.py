"""Table `invitations`: who may join a project, with what role, until when. Stores only a token's sha-256."""

from typing import Final

import msgspec

from core.db.connection import Connection
from core.ids import ProjectId, UserId
from core.model import Role

TTL: Final = 7 * 24 * 60 * 60 * 1000  # ms


class Invitation(msgspec.Struct, frozen=True):
    """An invitation that was neither accepted nor revoked; perhaps expired. Times in ms."""

    id: bytes
    email: str
    role: Role
    inviter: UserId | None  # None: the account was deleted
    inviter_name: str | None
    created_at: int
    expires_at: int


class Opened(msgspec.Struct, frozen=True):
    """What the holder of a token may see, before and after signing in."""

    project: ProjectId
    project_name: str
    id: bytes
    email: str
    role: Role
    inviter_name: str | None
    expires_at: int
    account_exists: bool  # a verified account has that address


async def of_project(conn: Connection, project: ProjectId) -> list[Invitation]:
    """All open and expired ones, the newest first."""
    rows = await conn.fetch(
        """
        SELECT i.id, i.email, i.role, i.invited_by, u.full_name, i.created_at, i.expires_at
        FROM invitations i LEFT JOIN users u ON u.id = i.invited_by
        WHERE i.project_id = $1 ORDER BY i.created_at DESC, i.id DESC
        """,
        project,
    )
    return [Invitation(*row) for row in rows]


async def by_id(conn: Connection, project: ProjectId, invitation: bytes) -> Invitation | None:
    """One invitation, locked until the end of the transaction."""
    row = await conn.fetchrow(
        """
        SELECT i.id, i.email, i.role, i.invited_by, u.full_name, i.created_at, i.expires_at
        FROM invitations i LEFT JOIN users u ON u.id = i.invited_by
        WHERE i.project_id = $1 AND i.id = $2 FOR UPDATE OF i
        """,
        project,
        invitation,
    )
    return None if row is None else Invitation(*row)


async def count(conn: Connection, project: ProjectId) -> int:
    """How many invitations a project has."""
    found: int = await conn.fetchval("SELECT count(*) FROM invitations WHERE project_id = $1", project)
    return found


async def add(
    conn: Connection,
    *,
    project: ProjectId,
    invitation: bytes,
    email: str,
    role: Role,
    token_hash: bytes,
    inviter: UserId,
    now: int,
) -> bool:
    """Adds one, and replaces an expired one for the same address; False when that address has an open one."""
    made = await conn.fetchval(
        """
        INSERT INTO invitations AS i (project_id, id, email, role, token_hash, invited_by, created_at,
                                      expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (project_id, email) DO UPDATE
        SET id = excluded.id, role = excluded.role, token_hash = excluded.token_hash,
            invited_by = excluded.invited_by, created_at = excluded.created_at,
            expires_at = excluded.expires_at
        WHERE i.expires_at <= excluded.created_at
        RETURNING true
        """,
        project,
        invitation,
        email,
        role,
        token_hash,
        inviter,
        now,
        now + TTL,
    )
    return made is True


async def renew(
    conn: Connection, project: ProjectId, invitation: bytes, *, token_hash: bytes, now: int
) -> None:
    """Replaces the token, and extends the invitation to TTL from now; the old token becomes invalid."""
    await conn.execute(
        "UPDATE invitations SET token_hash = $3, expires_at = $4 WHERE project_id = $1 AND id = $2",
        project,
        invitation,
        token_hash,
        now + TTL,
    )


async def remove(conn: Connection, project: ProjectId, invitation: bytes) -> str | None:
    """Deletes a revoked or accepted invitation; returns its address."""
    email: str | None = await conn.fetchval(
        "DELETE FROM invitations WHERE project_id = $1 AND id = $2 RETURNING email", project, invitation
    )
    return email


async def by_token(conn: Connection, token_hash: bytes, *, now: int) -> Opened | None:
    """The open invitation with that token."""
    row = await conn.fetchrow(
        """
        SELECT i.project_id, p.name, i.id, i.email, i.role, u.full_name, i.expires_at,
               EXISTS (SELECT FROM users a WHERE a.email = i.email AND a.email_verified_at IS NOT NULL)
        FROM invitations i
        JOIN projects p ON p.id = i.project_id AND p.deleted_at IS NULL
        LEFT JOIN users u ON u.id = i.invited_by
        WHERE i.token_hash = $1 AND i.expires_at > $2
        """,
        token_hash,
        now,
    )
    return None if row is None else Opened(*row)


async def take(
    conn: Connection, token_hash: bytes, *, email: str, now: int
) -> tuple[ProjectId, bytes, Role] | None:
    """Uses up the open invitation of a token that went to `email`: for one of several concurrent callers."""
    row = await conn.fetchrow(
        "DELETE FROM invitations WHERE token_hash = $1 AND email = $2 AND expires_at > $3 "
        "RETURNING project_id, id, role",
        token_hash,
        email,
        now,
    )
    return None if row is None else (row[0], row[1], row[2])
