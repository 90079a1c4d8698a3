"""Constant-time branches: run the same statements on both branches and roll them back on one.

So response time does not reveal whether an account exists.
"""

import contextlib
from collections.abc import AsyncIterator

from core.db.connection import Connection


@contextlib.asynccontextmanager
async def rolled_back_unless(conn: Connection, *, keep: bool) -> AsyncIterator[None]:
    """Inside a transaction: keep the statements in the block if `keep`, else roll them back.

    For equal time the transaction must have written something before, so that its commit flushes in both
    cases.
    """
    await conn.execute("SAVEPOINT equal_time")
    yield
    if keep:
        await conn.execute("RELEASE SAVEPOINT equal_time")
    else:
        await conn.execute("ROLLBACK TO SAVEPOINT equal_time")
