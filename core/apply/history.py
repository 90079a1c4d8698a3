"""Hop 5: what a batch adds to the histories of conversations."""

from core.apply.rare import RareRows
from core.db.chat import changes
from core.db.chat.changes import NewChange
from core.db.connection import Connection


class Changes(RareRows):
    """New rows of conversations' histories, in order."""

    def __init__(self) -> None:
        self.rows: list[NewChange] = []

    async def write(self, conn: Connection) -> None:
        await changes.add(conn, self.rows)
