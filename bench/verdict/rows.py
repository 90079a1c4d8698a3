"""Checks the delivery contract in the database: every acknowledged message is a row (I1-I3, I6, I7)."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import Final
from uuid import UUID

import asyncpg
import coredis

from bench.databases import redis
from bench.target import Target
from bench.verdict.ledger import Book, Ledger, Verdict

TIMEOUT: Final = 30.0  # seconds
PUBLISH_TIMEOUT: Final = 10.0  # seconds after the end of the load
STALE_MS: Final = 60_000  # an entry that is pending for so long is stuck
STREAMS: Final = "parley:{commands*}:*"  # keys of core.bus.names, which the bench may not import

Row = tuple[bytes, int, bytes, str]  # conversation, seq, ref, body


async def check(target: Target, ledger: Ledger, verdict: Verdict, *, since: float) -> None:
    """Adds violations in rows, outbox, dead letters and streams to `verdict`. `since`: epoch of the start."""
    conn = await asyncpg.connect(target.dsn, timeout=TIMEOUT)
    try:
        async with conn.transaction(readonly=True):
            rows = [row async for row in rows_of(conn, target.projects, ledger.homes)]
        compare(rows, ledger, verdict)
        verdict.unpublished += await unpublished(conn, target.projects)
        verdict.stuck += await stuck(conn, since=since)
    finally:
        await conn.close(timeout=TIMEOUT)
    verdict.stuck += await stale_entries(target.redis_url) if target.redis_url else 0


async def ended_turns(dsn: str, project: str) -> int:
    """The number of the assistant's turns in a project, less those that have not ended well."""
    conn = await asyncpg.connect(dsn, timeout=TIMEOUT)
    try:
        found: int = await conn.fetchval(
            "SELECT count(*) FROM assistant_turns "
            "WHERE project_id = $1 AND state IN ('completed', 'interrupted')",
            UUID(project),
            timeout=TIMEOUT,
        )
    finally:
        await conn.close(timeout=TIMEOUT)
    return found


def compare(rows: Iterable[Row], ledger: Ledger, verdict: Verdict) -> None:
    """Adds violations in `rows`, which are sorted by conversation, then `seq`."""
    found: dict[Book, dict[int, int]] = {ledger.texts: {}, ledger.replies: {}}
    conversation, last_seq, last_number = b"", 0, -1
    for row_conversation, seq, ref, body in rows:
        if row_conversation != conversation:
            conversation, last_seq, last_number = row_conversation, 0, -1
        verdict.lost += seq != last_seq + 1  # a gap
        last_seq = seq
        if (sent := ledger.sent(ref, body)) is None:
            continue
        book, number = sent
        verdict.doubled += number in found[book]
        found[book][number] = seq
        if book is ledger.texts:
            verdict.reordered += number < last_number
            last_number = number
    for book, seqs in found.items():
        for number, seq in enumerate(book.seq):
            if seq:  # an unacknowledged text already counts as lost
                verdict.lost += number not in seqs
                verdict.reordered += seqs.get(number, seq) != seq


async def rows_of(
    conn: asyncpg.Connection, projects: list[str], conversations: Iterable[bytes]
) -> AsyncIterator[Row]:
    """The messages of those conversations."""
    statement = """
        SELECT m.conversation_id, m.seq, m.ref, m.body
        FROM unnest($2::uuid[]) AS ours (id) JOIN messages m ON m.conversation_id = ours.id
        WHERE m.project_id = ANY ($1::uuid[])
        ORDER BY m.conversation_id, m.seq
    """
    ours = [UUID(bytes=conversation) for conversation in conversations]
    async for row in conn.cursor(statement, [UUID(project) for project in projects], ours, prefetch=5_000):
        yield row["conversation_id"].bytes, row["seq"], row["ref"].bytes, row["body"]


async def unpublished(conn: asyncpg.Connection, projects: list[str]) -> int:
    """The number of outbox rows of those projects that are left after PUBLISH_TIMEOUT."""
    deadline = time.monotonic() + PUBLISH_TIMEOUT
    while True:
        left: int = await conn.fetchval(
            "SELECT count(*) FROM outbox WHERE project_id = ANY ($1::uuid[])",
            [UUID(project) for project in projects],
            timeout=TIMEOUT,
        )
        if left == 0 or time.monotonic() > deadline:
            return left
        await asyncio.sleep(0.2)


async def stuck(conn: asyncpg.Connection, *, since: float) -> int:
    """The number of transactions left open, and of dead letters of this run."""
    found: int = await conn.fetchval(
        """
        SELECT (SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND state LIKE 'idle in transaction%'
                      AND state_change < now() - interval '10 seconds')
             + (SELECT count(*) FROM dead_letters WHERE created_at >= to_timestamp($1))
        """,
        since,
        timeout=TIMEOUT,
    )
    return found


async def stale_entries(redis_url: str) -> int:
    """The number of commands that were delivered more than STALE_MS ago and are not acknowledged."""
    found = 0
    async with asyncio.timeout(TIMEOUT):
        for client in await redis.each(redis_url):
            async with client as node:
                found += await _stale_entries(node)
    return found


async def _stale_entries(node: coredis.Redis[str]) -> int:
    found = 0
    for stream in await node.keys(STREAMS):
        for group in await node.xinfo_groups(stream):
            name = str(group["name"])
            pending = await node.xpending(stream, name, idle=STALE_MS, start="-", end="+", count=1_000)
            found += len(pending)
    return found
