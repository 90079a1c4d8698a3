"""Table `mails`: the mail queue. A row is written in the transaction it reports on, and deleted when sent."""

from collections.abc import Sequence
from typing import Final

import msgspec

from core import ids
from core.db import claims
from core.db.claims import Claims
from core.db.connection import Connection
from core.identity.encryption import MAIL, Sealer
from core.ids import ProjectId
from core.mail import Mail, Sealed, template

CHANNEL: Final = "parley_mail"
"""Notified when a row is committed; mail is rare, so the lock that NOTIFY takes at commit does not matter."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Sealed).decode


CLAIMS: Final = Claims(
    claim="""
    WITH due AS MATERIALIZED (
        SELECT id FROM mails WHERE dead IS NULL AND due_at <= now()
        ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    UPDATE mails m SET tries = m.tries + 1, due_at = now() + $1 * interval '1 ms' FROM due WHERE m.id = due.id
    RETURNING m.id, m.recipient, m.template, m.language, m.sealed, m.tries, m.created_at
    """,
    done="DELETE FROM mails WHERE id = $1 RETURNING true",
    postpone="UPDATE mails SET due_at = now() + $1 * interval '1 ms' WHERE id = $2",
    release="UPDATE mails SET due_at = now() + $1 * interval '1 ms', tries = tries - 1 WHERE id = $2",
    give_up="UPDATE mails SET dead = $1 WHERE id = $2",
    waits=(30, 120, 600, 3600, 6 * 3600, 24 * 3600),
)


class Row(msgspec.Struct, frozen=True):
    """A due mail. `tries` includes the attempt that starts now."""

    id: bytes
    recipient: str
    template: str
    language: str
    sealed: bytes
    tries: int
    created_at: int

    @property
    def key(self) -> claims.Key:
        return (self.id,)


class Listed(msgspec.Struct, frozen=True):
    """A mail as an operator sees it, without its content. `dead` None: the next attempt is at `due_at`."""

    id: bytes
    recipient: str
    template: str
    tries: int
    due_at: int
    dead: str | None
    created_at: int


async def add(
    conn: Connection,
    *,
    mail: Mail,
    recipient: str,
    language: str,
    sealer: Sealer,
    now: int,
    project: ProjectId | None = None,
    timezone: str = "UTC",
    id: bytes | None = None,
) -> None:
    """Queues a mail in the caller's transaction. `language`, `timezone`: the recipient's.

    `id`: of a mail that an event caused, derived from it; queueing it twice does nothing.
    """
    sealed = sealer.seal(_encode(Sealed(mail, timezone)), purpose=MAIL)
    await conn.execute(
        "INSERT INTO mails (id, project_id, recipient, template, language, sealed, due_at, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, now(), $7) ON CONFLICT (id) DO NOTHING",
        id or ids.make(now),
        project,
        recipient,
        template(mail),
        language,
        sealed,
        now,
    )
    await conn.execute("SELECT pg_notify($1, '')", CHANNEL)


async def claim(conn: Connection, *, lease: int) -> Row | None:
    """Claims the next due mail for `lease` ms: if the worker dies, the mail is due again then."""
    for row in await claims.claim(conn, CLAIMS, lease=lease, limit=1):
        return Row(*row)
    return None


def opened(row: Row, sealer: Sealer) -> Sealed:
    """The content of a row; raises Unsealable, or msgspec.ValidationError for one of another version."""
    return _decode(sealer.open(row.sealed, purpose=MAIL))


async def listed(conn: Connection, *, limit: int) -> list[Listed]:
    """Queued and failed mails, the oldest first."""
    rows = await conn.fetch(
        "SELECT id, recipient, template, tries, due_at, dead, created_at FROM mails "
        "ORDER BY created_at, id LIMIT $1",
        limit,
    )
    return [Listed(*row) for row in rows]


async def counts(conn: Connection) -> tuple[int, int]:
    """How many are queued, and how many have failed."""
    row = await conn.fetchrow(
        "SELECT count(*) FILTER (WHERE dead IS NULL), count(*) FILTER (WHERE dead IS NOT NULL) FROM mails"
    )
    return row[0], row[1]


async def retry(conn: Connection, mails: Sequence[bytes] | None) -> int:
    """Makes these mails, or all queued and failed ones, due now with all attempts left; returns how many."""
    made: int = await conn.fetchval(
        """
        WITH made AS (
            UPDATE mails SET dead = NULL, tries = 0, due_at = now()
            WHERE $1::uuid[] IS NULL OR id = ANY($1::uuid[]) RETURNING 1
        )
        SELECT count(*) FROM made
        """,
        mails,
    )
    await conn.execute("SELECT pg_notify($1, '')", CHANNEL)
    return made


async def remove(conn: Connection, mails: Sequence[bytes] | None) -> int:
    """Deletes these mails, or all failed ones; returns how many."""
    gone: int = await conn.fetchval(
        """
        WITH gone AS (
            DELETE FROM mails WHERE id = ANY($1::uuid[]) OR ($1::uuid[] IS NULL AND dead IS NOT NULL)
            RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        mails,
    )
    return gone


async def remove_old(conn: Connection, *, before: int) -> int:
    """Deletes at most 1,000 failed mails created before then; returns how many."""
    gone: int = await conn.fetchval(
        "WITH gone AS (DELETE FROM mails WHERE id IN "
        "(SELECT id FROM mails WHERE dead IS NOT NULL AND created_at < $1 LIMIT 1000) RETURNING 1) "
        "SELECT count(*) FROM gone",
        before,
    )
    return gone
