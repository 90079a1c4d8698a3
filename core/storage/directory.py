"""Files in a local directory, or one that all machines share."""

import os
import secrets
from collections.abc import Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from core.storage.store import CHUNK, Missing, StorageUnavailable

MODE: Final = 0o700


class Directory:
    """A store. A file appears under its key whole, by a rename within the directory's file system."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.incoming = root / "incoming"

    def put(self, key: str, source: Path, *, media_type: str) -> None:  # noqa: ARG002  a directory keeps no types
        try:
            with source.open("rb") as file:
                os.fsync(file.fileno())
            target = self._root / key
            target.parent.mkdir(mode=MODE, parents=True, exist_ok=True)
            source.replace(target)
        except OSError as error:
            raise _unavailable(error) from None

    def read(self, key: str) -> Generator[bytes, None, None]:
        try:
            file = (self._root / key).open("rb")
        except FileNotFoundError:
            raise Missing(key) from None
        except OSError as error:
            raise _unavailable(error) from None
        return _parts(file)

    def remove(self, keys: Sequence[str]) -> None:
        try:
            for key in keys:
                (self._root / key).unlink(missing_ok=True)
            for folder in {(self._root / key).parent for key in keys}:
                with suppress(OSError):  # not empty, or gone
                    folder.rmdir()
                    folder.parent.rmdir()
        except OSError as error:
            raise _unavailable(error) from None

    def check(self) -> None:
        try:
            self.incoming.mkdir(mode=MODE, parents=True, exist_ok=True)
            probe = self.incoming / f"check-{secrets.token_hex(8)}"
            probe.write_bytes(b"parley")
            wrong = probe.read_bytes() != b"parley"
            probe.unlink()
        except OSError as error:
            raise _unavailable(error) from None
        if wrong:
            raise StorageUnavailable("the directory does not give back what was written")


def _parts(file: BinaryIO) -> Generator[bytes, None, None]:
    try:
        with file:
            while part := file.read(CHUNK):
                yield part
    except OSError as error:
        raise _unavailable(error) from None


def _unavailable(error: OSError) -> StorageUnavailable:
    return StorageUnavailable(f"{type(error).__name__}: {error.strerror or error}")
