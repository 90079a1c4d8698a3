"""The seam to the driver: what the core asks of a Postgres connection, on any event loop."""

from collections.abc import Sequence
from typing import Any, Final, Protocol

PLANS: Final = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "max_parallel_workers_per_gather": "0",  # starting one costs more than any statement of ours
}
"""Server settings of every connection of ours: each statement asks for a few rows by index, planned once.

In a young database, before its first ANALYZE, the planner takes every table for tiny and reads it whole,
and a plan that is kept goes on doing so: with 10,000 conversations 366 us of Postgres a message, not 98.
"""


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
