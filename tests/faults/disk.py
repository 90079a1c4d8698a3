"""A file system small enough to be filled, for a database on it."""

import contextlib
import ctypes
import errno
import functools
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PIECE = b"\0" * 65_536
CLONE_NEWNS = 0x20000  # os.unshare comes with Python 3.12


class Disk:
    """The file system that `small_disk` mounted."""

    def __init__(self, place: Path) -> None:
        """Begin without a filler file."""
        self.place = place
        self._ballast = place / "ballast"

    @property
    def free(self) -> int:
        """Free bytes."""
        status = os.statvfs(self.place)
        return status.f_bavail * status.f_frsize

    def fill(self) -> None:
        """Fill the disk to the last byte. A process that frees space meanwhile can still use it."""
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
        """Delete the filler file, as an operator frees space."""
        self._ballast.unlink()


@contextmanager
def small_disk(place: Path, *, megabytes: int) -> Iterator[Disk]:
    """A tmpfs at `place`, an empty directory. Without the right to mount, the test is skipped."""
    _mount_for_us_alone()
    options = f"size={megabytes}m,mode={place.stat().st_mode & 0o777:o}"
    _mount("-t", "tmpfs", "-o", options, "tmpfs", str(place))
    try:
        yield Disk(place)
    finally:
        with contextlib.suppress(OSError):
            subprocess.run(["umount", "--lazy", str(place)], check=False)


@functools.cache
def _mount_for_us_alone() -> None:
    """Unshare the mount namespace: only this thread and its children see its mounts, which end with them."""
    if ctypes.CDLL(None).unshare(CLONE_NEWNS) != 0:
        pytest.skip("no disk to fill: mounting is not allowed here")
    _mount("--make-rprivate", "/")


def _mount(*words: str) -> None:
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no disk to fill: mounting is not allowed here: {done.stderr.strip()}")
