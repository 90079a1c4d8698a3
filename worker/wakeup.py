"""Before hop 6: how a stage that committed events wakes the leading relay."""

import asyncio

from core.apply.apply import wake_relay
from core.db.connection import Connection


class Wakeup:
    """One per process. `leads`: this process's relay is the leader; it waits for `events`."""

    def __init__(self) -> None:
        self.leads = False
        self.events = asyncio.Event()

    async def wake(self, conn: Connection) -> None:
        """Events were committed on `conn`: wakes the leader, in memory when it is ours, else by one NOTIFY.

        NOTIFY stays out of the message transaction: its commit lock reduced throughput to a third.
        """
        if self.leads:
            self.events.set()
        else:
            await wake_relay(conn)
