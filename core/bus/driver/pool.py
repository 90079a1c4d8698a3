"""A connection pool that leaks no slot; coredis 6.9's does when a call is cancelled or a connection dies.

Seen in coredis: a connection that dies while checked out is never replaced, a slot reserved for a new
connection is lost when connecting is cancelled, and a waiter that gave up swallows the next one's wake-up.
After as many such calls as there are slots, every further call blocks forever. Here slots are counted and
returned.
"""

from contextvars import ContextVar
from typing import Any

from coredis.pool import ConnectionPool

_making: ContextVar[list[bool] | None] = ContextVar("making", default=None)


class Pool(ConnectionPool[Any]):
    """Each slot is free (in the queue), checked out, or reserved for a connection being made."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._lent: set[Any] = set()
        self._made = 0

    async def get_connection(self, **options: Any) -> Any:
        """Checks out a connection until `release`; a cancelled or failed call leaks no slot."""
        making = [False]
        token = _making.set(making)
        try:
            connection = await super().get_connection(**options)
            self._lent.add(connection)
        finally:
            _making.reset(token)
            self._made -= making[0]
            self._wake_waiters()
        return connection

    def release(self, connection: Any) -> None:
        """Returns the connection to the pool, even a dead one."""
        self._lent.discard(connection)
        super().release(connection)
        self._wake_waiters()

    async def _construct_connection(self) -> Any:
        self._making_one()
        return await super()._construct_connection()

    def _making_one(self) -> None:
        making = _making.get()
        if making is not None and not making[0]:
            making[0] = True
            self._made += 1

    def _wake_waiters(self) -> None:
        free = self._available_connections
        lost = self.max_connections - len(free) - len(self._lent) - self._made
        for _ in range(lost):
            free.append_nowait(None)
        if len(free):
            # Wake every waiter: some of them were cancelled, and would swallow a single wake-up.
            while free._getters:  # noqa: SLF001  there is no other way to reach them
                free._getters.popleft().set()  # noqa: SLF001
