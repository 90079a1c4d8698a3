"""Equal work on both branches: do the same statements, and roll them back on one.

So response time does not reveal whether an account exists.
"""

import contextlib
from collections.abc import AsyncIterator

from core.db.connection import Connection


@contextlib.asynccontextmanager
async def rolled_back_unless(conn: Connection, *, keep: bool) -> AsyncIterator[None]:
    """Inside a transaction: the statements within are kept if `keep`, else rolled back.

    The transaction itself is written and flushed in both cases, because it has changed something before.
    """
    await conn.execute("SAVEPOINT equal_time")
    yield
    if keep:
        await conn.execute("RELEASE SAVEPOINT equal_time")
    else:
        await conn.execute("ROLLBACK TO SAVEPOINT equal_time")
