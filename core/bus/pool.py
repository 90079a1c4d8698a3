"""A pool that keeps all its places; coredis 6.9 loses one when a call is cancelled or its connection dies.

Seen there: a connection that dies while it is lent out is never replaced, a place taken for a new connection
is gone when making it is cancelled, and a waiter that gave up swallows the next one's wake-up. After as many
such calls as there are places, every further call waits for ever. Here places are counted and given back.
"""

from contextvars import ContextVar
from typing import Any

from coredis.pool import ConnectionPool

_making: ContextVar[list[bool] | None] = ContextVar("making", default=None)


class Pool(ConnectionPool[Any]):
    """Of its places each is free (in the queue), lent out, or taken by a connection being made."""

    def __init__(self, **options: Any) -> None:
        """Every place is free."""
        super().__init__(**options)
        self._lent: set[Any] = set()
        self._made = 0

    async def get_connection(self, **options: Any) -> Any:
        """A connection that is ours until `release`; cancelled or failed, nothing is lost."""
        making = [False]
        token = _making.set(making)
        try:
            connection = await super().get_connection(**options)
            self._lent.add(connection)
        finally:
            _making.reset(token)
            self._made -= making[0]
            self._mend()
        return connection

    def release(self, connection: Any) -> None:
        """Gives it back, dead or alive."""
        self._lent.discard(connection)
        super().release(connection)
        self._mend()

    async def _construct_connection(self) -> Any:
        making = _making.get()
        if making is not None and not making[0]:
            making[0] = True
            self._made += 1
        return await super()._construct_connection()

    def _mend(self) -> None:
        free = self._available_connections
        lost = self.max_connections - len(free) - len(self._lent) - self._made
        for _ in range(lost):
            free.append_nowait(None)
        if len(free):
            # Whoever waits looks again; those who gave up are among them and cannot answer.
            while free._getters:  # noqa: SLF001  there is no other way to reach them
                free._getters.popleft().set()  # noqa: SLF001
