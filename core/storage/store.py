"""What a store of files is. Its functions block: call them in a thread."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final, Protocol

from core import ids
from core.ids import ProjectId

CHUNK: Final = 256 * 1024  # bytes
THUMBNAIL: Final = "-thumbnail"


class StorageUnavailable(Exception):
    """The store cannot be reached, refuses us or is full. Its text names no secret."""


class Missing(Exception):
    """There is no such file."""


class Store(Protocol):
    """Files by key. Writing or deleting one twice is harmless."""

    incoming: Path
    """A local directory for files on their way; they count as abandoned after an hour."""

    def put(self, key: str, source: Path, *, media_type: str) -> None:
        """Store the file at `source`, which is in `incoming`, and is gone then. Raises StorageUnavailable."""

    def read(self, key: str) -> Generator[bytes, None, None]:
        """The file in parts of about CHUNK. Raises Missing (at once) or StorageUnavailable."""

    def remove(self, keys: Sequence[str]) -> None:
        """Delete those that exist. Raises StorageUnavailable."""

    def check(self) -> None:
        """Write, read and delete a small file. Raises StorageUnavailable."""


def key_of(project: ProjectId, file: bytes, *, thumbnail: bool = False) -> str:
    """Where a file is; its name and its type are not part of it."""
    name = ids.text(file)
    return f"{ids.text(project)}/{name[-2:]}/{name}{THUMBNAIL if thumbnail else ''}"


def keys_of(project: ProjectId, file: bytes) -> list[str]:
    """Everything that is stored of a file."""
    return [key_of(project, file), key_of(project, file, thumbnail=True)]
