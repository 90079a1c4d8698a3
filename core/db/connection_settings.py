"""Settings of each of our connections, made once by SET: poolers refuse them at connecting.

Each statement asks for a few rows by index and is planned once. In a young database, before its first
ANALYZE, the planner takes every table for tiny and reads it whole, and a plan that is kept goes on doing so:
with 10,000 conversations 366 us of Postgres a message, not 98.
"""

from typing import Final

from core.db.connection import Connection

_PLANS: Final = (
    "SET plan_cache_mode = force_generic_plan",
    "SET max_parallel_workers_per_gather = 0",  # starting one costs more than any statement of ours
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
)
_STAGE: Final = (
    "SET statement_timeout = '15s'",
    "SET lock_timeout = '5s'",
    "SET idle_in_transaction_session_timeout = '15s'",
)


class Refused(ConnectionError):
    """Postgres, or a pooler before it, does not take our connection; the text is its own sentence."""


async def prepare(conn: Connection) -> None:
    """Of servers and workers alike."""
    for statement in _PLANS:
        await conn.execute(statement)


async def prepare_stage(conn: Connection, *, durable: bool) -> None:
    """Of a worker's stage. `durable` False: a crash of the server may undo its last commits."""
    await prepare(conn)
    for statement in _STAGE:
        await conn.execute(statement)
    if durable:
        await conn.execute("SET synchronous_commit = on")
    else:
        await conn.execute("SET synchronous_commit = off")
