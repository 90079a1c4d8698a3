"""Table `mails`: the mail queue. A row is written in the transaction it reports on, and deleted when sent."""

from collections.abc import Sequence
from typing import Final

import msgspec

from core import ids
from core.db.connection import Connection
from core.identity.encryption import MAIL, Sealer
from core.ids import ProjectId
from core.mail import Mail, Sealed, template

CHANNEL: Final = "parley_mail"
"""Notified when a row is committed; mail is rare, so the lock that NOTIFY takes at commit does not matter."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Sealed).decode


class Row(msgspec.Struct, frozen=True):
    """A due mail. `tries` includes the attempt that starts now."""

    id: bytes
    recipient: str
    template: str
    language: str
    sealed: bytes
    tries: int
    created_at: int


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
) -> None:
    """Queues a mail in the caller's transaction. `language`, `timezone`: the recipient's."""
    sealed = sealer.seal(_encode(Sealed(mail, timezone)), purpose=MAIL)
    await conn.execute(
        "INSERT INTO mails (id, project_id, recipient, template, language, sealed, due_at, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        ids.make(now),
        project,
        recipient,
        template(mail),
        language,
        sealed,
        now,
    )
    await conn.execute("SELECT pg_notify($1, '')", CHANNEL)


async def claim(conn: Connection, *, now: int, until: int) -> Row | None:
    """Claims the next due mail until `until`: if the worker dies, the mail is due again then.

    A lease and not an open transaction: no row stays locked while a mail server is slow.
    """
    row = await conn.fetchrow(
        """
        UPDATE mails SET tries = tries + 1, due_at = $2
        WHERE id = (SELECT id FROM mails WHERE dead IS NULL AND due_at <= $1
                    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id, recipient, template, language, sealed, tries, created_at
        """,
        now,
        until,
    )
    return None if row is None else Row(*row)


def opened(row: Row, sealer: Sealer) -> Sealed:
    """The content of a row; raises Unsealable, or msgspec.ValidationError for one of another version."""
    return _decode(sealer.open(row.sealed, purpose=MAIL))


async def sent(conn: Connection, mail: bytes) -> None:
    """Deletes a mail that a server has accepted."""
    await conn.execute("DELETE FROM mails WHERE id = $1", mail)


async def postpone(conn: Connection, mail: bytes, *, due_at: int) -> None:
    """After a failed attempt: the next one is at `due_at`."""
    await conn.execute("UPDATE mails SET due_at = $2 WHERE id = $1", mail, due_at)


async def release(conn: Connection, mail: bytes, *, now: int) -> None:
    """Returns a claimed mail without counting an attempt, because the mail server was unavailable."""
    await conn.execute("UPDATE mails SET due_at = $2, tries = tries - 1 WHERE id = $1", mail, now)


async def give_up(conn: Connection, mail: bytes, *, reason: str) -> None:
    """Marks a mail as failed; it stays for an operator."""
    await conn.execute("UPDATE mails SET dead = $2 WHERE id = $1", mail, reason)


async def listed(conn: Connection, *, limit: int) -> list[Listed]:
    """Queued and failed mails, the oldest first."""
    rows = await conn.fetch(
        "SELECT id, recipient, template, tries, due_at, dead, created_at FROM mails ORDER BY id LIMIT $1",
        limit,
    )
    return [Listed(*row) for row in rows]


async def counts(conn: Connection) -> tuple[int, int]:
    """How many are queued, and how many have failed."""
    row = await conn.fetchrow(
        "SELECT count(*) FILTER (WHERE dead IS NULL), count(*) FILTER (WHERE dead IS NOT NULL) FROM mails"
    )
    return row[0], row[1]


async def retry(conn: Connection, mails: Sequence[bytes] | None, *, now: int) -> int:
    """Makes these mails, or all queued and failed ones, due now with all attempts left; returns how many."""
    made: int = await conn.fetchval(
        """
        WITH made AS (
            UPDATE mails SET dead = NULL, tries = 0, due_at = $2
            WHERE $1::uuid[] IS NULL OR id = ANY($1::uuid[]) RETURNING 1
        )
        SELECT count(*) FROM made
        """,
        mails,
        now,
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
