"""The local directory of files on their way: what processes that were killed have left in it."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

MAX_AGE: Final = 60 * 60.0  # seconds; an upload takes minutes at most


def sweep(incoming: Path, *, now: float) -> int:
    """Deletes what has not changed for MAX_AGE; `now` in seconds since the epoch. Returns how many."""
    gone = 0
    with suppress(OSError):  # there is no such directory yet, or another process deletes, too
        for one in list(incoming.iterdir()):
            with suppress(OSError):
                if one.stat().st_mtime < now - MAX_AGE:
                    shutil.rmtree(one) if one.is_dir() else one.unlink()
                    gone += 1
    return gone
