"""Table `mails`: the outbox of mail. A row is written with what it tells about, and goes when it is sent."""

from collections.abc import Sequence
from typing import Final

import msgspec

from core import ids
from core.db.connection import Connection
from core.identity.encryption import MAIL, Sealer
from core.ids import ProjectId
from core.mail import Mail, Sealed, template

CHANNEL: Final = "parley_mail"
"""Notified when a row is committed; mail is rare, and so is the lock that a NOTIFY takes at its commit."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Sealed).decode


class Row(msgspec.Struct, frozen=True):
    """A mail that is due. `tries` counts the one that begins with it."""

    id: bytes
    recipient: str
    template: str
    language: str
    sealed: bytes
    tries: int
    created_at: int


class Listed(msgspec.Struct, frozen=True):
    """A mail for an operator's eyes: without what it says. `dead` None: it is tried again at `due_at`."""

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
    """In the caller's transaction: it is sent if that commits. `language`, `timezone`: the recipient's."""
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
    """The next due mail, nobody else's before `until`: a worker that dies leaves it due again then.

    A lease and not an open transaction: nothing stays locked while a mail server takes its time.
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
    """What a row says; raises Unsealable, or msgspec.ValidationError for what another version sealed."""
    return _decode(sealer.open(row.sealed, purpose=MAIL))


async def sent(conn: Connection, mail: bytes) -> None:
    """Forgets a mail that a server has taken."""
    await conn.execute("DELETE FROM mails WHERE id = $1", mail)


async def postpone(conn: Connection, mail: bytes, *, due_at: int) -> None:
    """A try failed; the next one is at `due_at`."""
    await conn.execute("UPDATE mails SET due_at = $2 WHERE id = $1", mail, due_at)


async def release(conn: Connection, mail: bytes, *, now: int) -> None:
    """Claimed, and not tried: there was nobody to hand it to."""
    await conn.execute("UPDATE mails SET due_at = $2, tries = tries - 1 WHERE id = $1", mail, now)


async def give_up(conn: Connection, mail: bytes, *, reason: str) -> None:
    """Given up; it stays for a person to look at."""
    await conn.execute("UPDATE mails SET dead = $2 WHERE id = $1", mail, reason)


async def listed(conn: Connection, *, limit: int) -> list[Listed]:
    """What waits and what is dead, the oldest first."""
    rows = await conn.fetch(
        "SELECT id, recipient, template, tries, due_at, dead, created_at FROM mails ORDER BY id LIMIT $1",
        limit,
    )
    return [Listed(*row) for row in rows]


async def counts(conn: Connection) -> tuple[int, int]:
    """How many wait, and how many are dead."""
    row = await conn.fetchrow(
        "SELECT count(*) FILTER (WHERE dead IS NULL), count(*) FILTER (WHERE dead IS NOT NULL) FROM mails"
    )
    return row[0], row[1]


async def retry(conn: Connection, mails: Sequence[bytes] | None, *, now: int) -> int:
    """Makes these, or all that wait or are dead, due at once with all their tries; how many."""
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
    """Deletes these, or all dead ones; how many."""
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
    """Deletes what was written before that time and is dead, at most 1,000 at a time; how many."""
    gone: int = await conn.fetchval(
        "WITH gone AS (DELETE FROM mails WHERE id IN "
        "(SELECT id FROM mails WHERE dead IS NOT NULL AND created_at < $1 LIMIT 1000) RETURNING 1) "
        "SELECT count(*) FROM gone",
        before,
    )
    return gone
