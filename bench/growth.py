"""The profile `growth`: the same load with more and more visitors, and messages in the database."""

import os
from typing import Final
from uuid import UUID

import asyncpg

from bench.report.result import Result
from bench.target import Target

EACH: Final = 20  # messages per inserted conversation
CHUNK: Final = 5_000  # conversations per statement
TIMEOUT: Final = 600.0  # seconds
BODY: Final = "x" * 100


async def fill(target: Target, stored: int) -> None:
    """Inserts messages into a separate project until `stored` exist; then runs VACUUM and ANALYZE."""
    conn = await asyncpg.connect(target.dsn, timeout=TIMEOUT)
    try:
        missing = stored - await conn.fetchval("SELECT count(*) FROM messages", timeout=TIMEOUT)
        if missing <= 0:
            return
        project = UUID(bytes=os.urandom(16))
        await conn.execute(
            "INSERT INTO projects (id, name, domains) VALUES ($1, 'Bench', '{localhost}')",
            project,
            timeout=TIMEOUT,
        )
        for start in range(0, -(-missing // EACH), CHUNK):
            await insert(conn, project, conversations=min(CHUNK, -(-missing // EACH) - start))
        await conn.execute("VACUUM (ANALYZE) messages, conversations, visitors", timeout=TIMEOUT)
    finally:
        await conn.close(timeout=TIMEOUT)


async def insert(conn: asyncpg.Connection, project: UUID, *, conversations: int) -> None:
    """Inserts `conversations` visitors, each with one conversation of EACH messages."""
    await conn.execute(
        """
        WITH made AS MATERIALIZED (
            SELECT gen_random_uuid() AS visitor, gen_random_uuid() AS conversation
            FROM generate_series(1, $2)
        ), guests AS (
            INSERT INTO visitors (project_id, id) SELECT $1, visitor FROM made
        ), talks AS (
            INSERT INTO conversations (project_id, id, visitor_id, last_seq, last_message_at)
            SELECT $1, conversation, visitor, $3, now() FROM made
        )
        INSERT INTO messages
            (project_id, conversation_id, seq, id, sender_party, sender_id, ref, kind, body, at)
        SELECT $1, conversation, seq, gen_random_uuid(), 'visitor', visitor, gen_random_uuid(),
            'text', $4, now()
        FROM made CROSS JOIN generate_series(1, $3) AS seq
        """,
        project,
        conversations,
        EACH,
        BODY,
        timeout=TIMEOUT,
    )


def table(steps: list[tuple[int, Result]]) -> str:
    """`steps`: the number of messages stored before, and the run. Ratios are relative to the first."""
    lines = [
        "| visitors | stored before | CPU per message | to the first | p99 ms |",
        "|---:|---:|---:|---:|---:|",
    ]
    first = next((said["cpu_us_per_message"]["total"] for _, said in steps if said["clean"]), 0)
    for stored, said in steps:
        head = f"| {said['visitors']:,} | {stored:,} |"
        if not said["clean"]:
            lines.append(f"{head} not clean: {said['ledger']} | | |")
            continue
        total = said["cpu_us_per_message"]["total"]
        lines.append(f"{head} {total:,} µs | {total / first:.2f} | {said['stored_ms']['p99']} |")
    return "\n".join(lines)
