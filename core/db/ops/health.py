"""What /readyz asks of Postgres: the schema's version, and how long the oldest event has waited."""

from core.db.connection import Connection


async def migrations(conn: Connection) -> set[str]:
    """The names of the migrations that were applied; empty before the first."""
    if await conn.fetchval("SELECT to_regclass('schema_migrations') IS NULL"):
        return set()
    return {row[0] for row in await conn.fetch("SELECT name FROM schema_migrations")}


async def relay_lag(conn: Connection) -> float:
    """Seconds since the oldest untold event was committed; 0.0 when all are told."""
    lag: float = await conn.fetchval(
        "SELECT coalesce(extract(epoch FROM clock_timestamp() - "
        "(SELECT created_at FROM outbox ORDER BY id LIMIT 1)), 0)::float8"
    )
    return max(0.0, lag)
