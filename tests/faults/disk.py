"""A file system so small that it can be filled, for a database that stands on it."""

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PIECE = b"\0" * 65_536


class Disk:
    """What `small_disk` mounted."""

    def __init__(self, place: Path) -> None:
        """Nothing but what is there takes room."""
        self.place = place
        self._ballast = place / "ballast"

    @property
    def free(self) -> int:
        """Bytes."""
        status = os.statvfs(self.place)
        return status.f_bavail * status.f_frsize

    def fill(self) -> None:
        """Until not a byte is left. Whoever gave some back in this moment can write until it is used up."""
        with self._ballast.open("ab", buffering=0) as ballast:
            size = len(PIECE)
            while size:
                try:
                    ballast.write(PIECE[:size])
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    size //= 2

    def make_room(self) -> None:
        """Somebody has cleared up."""
        self._ballast.unlink()


@contextmanager
def small_disk(place: Path, *, megabytes: int) -> Iterator[Disk]:
    """A tmpfs of its own at `place`, an empty directory. Without the right to mount the test is skipped."""
    options = f"size={megabytes}m,mode={place.stat().st_mode & 0o777:o}"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"no disk to fill: a tmpfs cannot be mounted here: {done.stderr.strip()}")
    try:
        yield Disk(place)
    finally:
        with contextlib.suppress(OSError):
            subprocess.run(["umount", "--lazy", str(place)], check=False)
