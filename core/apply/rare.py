"""Hop 5: rows that few commands need, loaded and written by statements of their own."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

from core.db.connection import Connection


class RareRows:
    """One kind of such rows, in one batch; the first Batch.rare creates it."""

    async def write(self, conn: Connection) -> None:
        """Writes what the batch decided, after the rows of WRITE, in the same transaction."""


class LoadedRows(RareRows, ABC):
    """Rare rows that a family names, to have them loaded.

    The constructor takes what was loaded, so Batch.rare fails for a family that does not name them.
    """

    @classmethod
    @abstractmethod
    async def load(cls, conn: Connection, commands: Sequence[Any]) -> Self:
        """Reads the rows for those commands of the batch whose family names this kind.

        The conversations of the batch are locked by then: it sees what the previous holder of a lock wrote.
        """
