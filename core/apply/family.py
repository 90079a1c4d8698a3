"""Hop 5: a family: how one kind of command is applied."""

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from core.apply.batch import Batch
from core.apply.rare import LoadedRows
from core.apply.result import Result
from core.db.chat.load import LoadRequest

C = TypeVar("C")


class Family(msgspec.Struct, Generic[C], frozen=True):
    """Two functions without I/O, and the rows that must be loaded besides those that LOAD knows.

    `want` adds what the command needs to the request. `decide` reads and changes the batch.
    """

    want: Callable[[C, LoadRequest], None]
    decide: Callable[[C, Batch], Result]
    rare: tuple[type[LoadedRows], ...] = ()
