"""Rows as the arguments of `unnest`: one array for each column."""

from collections.abc import Sequence
from typing import Any

import msgspec


def columns(rows: Sequence[Any], kind: type[msgspec.Struct]) -> list[list[Any]]:
    """One list for each field of `kind`, in the order of its fields."""
    return [[getattr(row, name) for row in rows] for name in kind.__struct_fields__]
