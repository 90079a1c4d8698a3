"""Leases: Postgres session advisory locks. They end with their connection, so a dead process holds none.

The connection that holds a lease also runs the transactions under it: a holder whose backend was terminated
because it seemed dead cannot commit any more.
"""

from collections.abc import Iterable, Sequence

from core.db.connection import Connection

SHARDS = 0x50415201  # the lock's first number; the second is the shard
RELAY = 0x50415202  # the second is the outbox partition, 0 so far
JANITOR = 0x50415203
MAILBOX = 0x50415204  # the second is a hash of the address; within a transaction
SEARCH = 0x50415206
PAYLOADS = 0x50415205  # the second is a hash of the conversation; within a transaction


async def take(conn: Connection, kind: int, numbers: Iterable[int], *, most: int | None = None) -> set[int]:
    """Takes free locks, at most `most`, without waiting.

    LIMIT stops the scan, and with it further attempts to lock: a function scan is not read ahead.
    """
    rows = await conn.fetch(
        "SELECT n FROM unnest($2::int[]) AS asked (n) WHERE pg_try_advisory_lock($1, n) LIMIT $3",
        kind,
        list(numbers),
        most,
    )
    return {row[0] for row in rows}


async def hold(conn: Connection, kind: int, name: str) -> None:
    """Waits for the lock of `name` and holds it until the end of the transaction."""
    await conn.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", kind, name)


async def share(conn: Connection, kind: int, name: str) -> None:
    """As `hold`, with others who share it."""
    await conn.execute("SELECT pg_advisory_xact_lock_shared($1, hashtext($2))", kind, name)


async def share_free(conn: Connection, kind: int, names: Sequence[str]) -> set[str]:
    """As `share` of those that nobody holds, without waiting; returns them."""
    rows = await conn.fetch(
        "SELECT name FROM unnest($2::text[]) AS asked (name) "
        "WHERE pg_try_advisory_xact_lock_shared($1, hashtext(name))",
        kind,
        list(names),
    )
    return {row[0] for row in rows}


async def release(conn: Connection, kind: int, numbers: Iterable[int]) -> None:
    await conn.execute(
        "SELECT pg_advisory_unlock($1, n) FROM unnest($2::int[]) AS asked (n)", kind, list(numbers)
    )


async def ping(conn: Connection) -> None:
    """Keeps the holder's `state_change` recent; see `end_silent`."""
    await conn.execute("SELECT")


async def end_silent(conn: Connection, kind: int, *, silence: float) -> list[int]:
    """Terminates the backends that hold a lease of `kind` and were silent for `silence` seconds.

    Otherwise a process that is stopped or disconnected keeps its TCP connection, and its locks, for hours.
    During a statement the silence counts from its start. Returns the numbers that were held.
    """
    rows = await conn.fetch(
        """
        SELECT l.objid::bigint AS number, pg_terminate_backend(a.pid)
        FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'advisory' AND l.classid = $1::bigint::oid AND l.objsubid = 2 AND l.granted
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND a.pid <> pg_backend_pid()
          AND greatest(a.state_change, a.query_start) < clock_timestamp() - make_interval(secs => $2)
        """,
        kind,
        silence,
    )
    return [row[0] for row in rows]
