"""The interface to the driver: what the core needs of a Postgres connection, on any event loop."""

from collections.abc import Sequence
from typing import Any, Protocol


class Connection(Protocol):
    """asyncpg's connection, or a proxy of it. Rows are readable by position and by name."""

    async def execute(self, query: str, *args: Any) -> str: ...

    async def fetch(self, query: str, *args: Any) -> Sequence[Any]: ...

    async def fetchrow(self, query: str, *args: Any) -> Any: ...

    async def fetchval(self, query: str, *args: Any) -> Any: ...


class NewConnection(Protocol):
    """A new connection whose type codecs can still be set."""

    async def set_type_codec(
        self, typename: str, *, schema: str, encoder: Any, decoder: Any, format: str
    ) -> None: ...
