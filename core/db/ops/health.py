"""What /readyz reads from Postgres: the applied migrations, and the age of the oldest unpublished event."""

from core.db.connection import Connection


async def migrations(conn: Connection) -> set[str]:
    """The names of the applied migrations; empty before the first."""
    if await conn.fetchval("SELECT to_regclass('schema_migrations') IS NULL"):
        return set()
    return {row[0] for row in await conn.fetch("SELECT name FROM schema_migrations")}


async def relay_lag(conn: Connection) -> float:
    """The age of the oldest unpublished event in seconds; 0.0 when all are published."""
    lag: float = await conn.fetchval(
        "SELECT coalesce(extract(epoch FROM clock_timestamp() - "
        "(SELECT created_at FROM outbox ORDER BY id LIMIT 1)), 0)::float8"
    )
    return max(0.0, lag)
