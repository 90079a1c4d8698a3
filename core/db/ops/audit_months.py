"""The partitions of `audit_log`, one for each month: functions of their owner make and drop them."""

from core.db.connection import Connection


async def make(conn: Connection) -> int:
    """Makes those of this month and of the three after it that are missing; returns how many.

    Raises asyncpg.LockNotAvailableError when others hold the tables; then nothing is done.
    """
    made: int = await conn.fetchval("SELECT audit_log_make_months()")
    return made


async def drop(conn: Connection, *, before: int) -> int:
    """Drops those that ended a day before then, with what they hold; returns how many. Raises as `make`."""
    dropped: int = await conn.fetchval("SELECT audit_log_drop_months($1)", before)
    return dropped


async def missing(conn: Connection) -> int:
    """How many of this month's and the next one's do not exist: their entries go to the default partition."""
    ahead: int = await conn.fetchval("SELECT audit_log_months_ahead()")
    return max(0, 1 - ahead)
