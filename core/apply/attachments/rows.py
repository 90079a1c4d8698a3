"""Hop 5: the files that the commands of a batch name, each taken by one message."""

from collections.abc import Sequence
from typing import Self

from core.apply.rare import LoadedRows
from core.commands import PostFiles
from core.db.attachments import claims
from core.db.attachments.claims import Claimable, FileKey
from core.db.connection import Connection
from core.events import MessagePosted
from core.ids import ProjectId


class Files(LoadedRows):
    """Locked until the transaction ends, so that two batches cannot give one file to two messages."""

    def __init__(self, found: Sequence[Claimable]) -> None:
        self._files: dict[FileKey, Claimable] = {(one.project, one.id): one for one in found}

    @classmethod
    async def load(cls, conn: Connection, commands: Sequence[PostFiles]) -> Self:
        return cls(await claims.load(conn, {(one.project, file) for one in commands for file in one.files}))

    def file(self, project: ProjectId, file: bytes) -> Claimable | None:
        """One that no message has, before or in this batch."""
        found = self._files.get((project, file))
        return None if found is None or found.message is not None else found

    def take(self, file: Claimable, event: MessagePosted) -> None:
        """The message has it from now on."""
        file.conversation, file.message, file.seq = event.conversation, event.message, event.seq

    async def write(self, conn: Connection) -> None:
        if taken := [one for one in self._files.values() if one.message is not None]:
            await claims.save(conn, taken)
