"""Work that is done in any case, and undone where it must not count: then its time tells nobody anything."""

import contextlib
from collections.abc import AsyncIterator

from core.db.connection import Connection


@contextlib.asynccontextmanager
async def pretending(conn: Connection, *, unless: bool) -> AsyncIterator[None]:
    """Inside a transaction: the statements within count if `unless`, else they are undone.

    The transaction itself is written and flushed in both cases, for it has begun to change something.
    """
    await conn.execute("SAVEPOINT pretence")
    yield
    if unless:
        await conn.execute("RELEASE SAVEPOINT pretence")
    else:
        await conn.execute("ROLLBACK TO SAVEPOINT pretence")
