"""Wakes the relay after a commit; without it the relay finds the events at its next poll."""

from core.db import outbox
from core.db.connection import Connection


async def wake_relay(conn: Connection) -> None:
    """Call it outside a transaction: inside, NOTIFY takes a lock that all transactions share at commit."""
    await conn.execute(outbox.WAKE)
