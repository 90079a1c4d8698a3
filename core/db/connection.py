"""The seam to the driver: what the core asks of a Postgres connection, on any event loop."""

from collections.abc import Sequence
from typing import Any, Protocol


class Connection(Protocol):
    """asyncpg's connection, or a proxy of it. Rows can be read by position and by name."""

    async def execute(self, query: str, *args: Any) -> str: ...

    async def fetch(self, query: str, *args: Any) -> Sequence[Any]: ...

    async def fetchrow(self, query: str, *args: Any) -> Any: ...

    async def fetchval(self, query: str, *args: Any) -> Any: ...


class NewConnection(Protocol):
    """A fresh connection that can still be taught how to read types."""

    async def set_type_codec(
        self, typename: str, *, schema: str, encoder: Any, decoder: Any, format: str
    ) -> None: ...
