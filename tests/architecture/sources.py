"""Which files belong to this project, for the tests that read them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PRODUCT: Final = ("server", "worker", "protocol", "core", "bench", "migrations")
CODE: Final = {".py", ".ts", ".tsx", ".mjs", ".js", ".css", ".html", ".sql", ".lua", ".sh"}
# generated or third-party files
FOREIGN: Final = {"node_modules", "dist", "__pycache__", "screenshots"}


def files(*tops: str, suffixes: set[str] = CODE) -> Iterator[Path]:
    """Every file under those folders of the root with one of the suffixes, in order."""
    for top in tops:
        for path in sorted((ROOT / top).rglob("*")):
            inside = path.relative_to(ROOT)
            hidden = any(part.startswith(".") or part in FOREIGN for part in inside.parts)
            if path.is_file() and path.suffix in suffixes and not hidden:
                yield path


def name(path: Path) -> str:
    """The path as a developer types it, relative to the root."""
    return path.relative_to(ROOT).as_posix()
