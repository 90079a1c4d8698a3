"""Vectors of texts as they are stored and compared, all with the same number of dimensions. Pure."""

from collections.abc import Sequence
from typing import Final

DIMENSIONS: Final = 1_536  # of the column; shorter vectors end with zeros, which changes no angle


def padded(vector: Sequence[float]) -> list[float]:
    """As the column has it; raises ValueError for a vector with more dimensions."""
    if len(vector) > DIMENSIONS:
        raise ValueError(f"a vector has at most {DIMENSIONS} dimensions, not {len(vector)}")
    return [*vector, *([0.0] * (DIMENSIONS - len(vector)))]
