"""Parley's version, which stands in pyproject.toml alone; the wheel contains that file."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"


@cache
def read() -> str:
    """Such as 0.2.0."""
    found: str = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    return found
