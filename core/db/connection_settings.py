"""Settings of each connection, made once by SET: poolers refuse them as startup parameters.

Each statement of the message path reads a few rows by index and is planned once. In a new database, before
its first ANALYZE, the planner takes every table for tiny and chooses sequential scans, which a cached plan
then keeps: with 10,000 conversations 366 us of Postgres per message instead of 98.
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
_VECTORS: Final = "SET hnsw.iterative_scan = relaxed_order"
"""pgvector's index knows no projects: it goes on until enough of what it finds is of the one that searches.

Without the extension it is a setting that nothing reads.
"""
_STAGE: Final = (
    "SET statement_timeout = '15s'",
    "SET lock_timeout = '5s'",
    "SET idle_in_transaction_session_timeout = '15s'",
)


class Refused(ConnectionError):
    """Postgres, or a pooler before it, refuses our connection; the text is its own message."""


async def prepare(conn: Connection) -> None:
    """For servers and workers."""
    for statement in _PLANS:
        await conn.execute(statement)
    await conn.execute(_VECTORS)


async def plan_again(conn: Connection) -> None:
    """Forget the plans, which were made for tables as small as they were at the first statements.

    In a new database all indexes that begin with the project cost the same, and the newest is chosen; its
    plan reads every conversation of a project for each message until the first ANALYZE, up to a minute later.
    """
    await conn.execute("DISCARD PLANS")


async def prepare_reading(conn: Connection, *, at_most: float) -> None:
    """For search, statistics and exports: the planner's defaults, but a plan for each set of filters.

    A generic plan would have to serve `$1 IS NULL OR …` with and without the filter. `at_most`: seconds of a
    statement.
    """
    await conn.execute("SET default_transaction_read_only = on")
    await conn.execute("SET plan_cache_mode = force_custom_plan")
    await conn.execute(_VECTORS)
    await limit(conn, at_most=at_most)


async def limit(conn: Connection, *, at_most: float) -> None:
    """Ends each later statement of this connection after `at_most` seconds."""
    await conn.execute(f"SET statement_timeout = {round(at_most * 1000)}")  # ms; SET takes no parameters


async def prepare_stage(conn: Connection, *, durable: bool) -> None:
    """For a worker's stage. `durable` False: a crash of Postgres may lose its last commits."""
    await prepare(conn)
    for statement in _STAGE:
        await conn.execute(statement)
    if durable:
        await conn.execute("SET synchronous_commit = on")
    else:
        await conn.execute("SET synchronous_commit = off")
