"""Hop 5: marks of a conversation by which the inbox filters: it has a form, its visitor has notes."""

from core.apply.rare import RareRows
from core.db.chat import flags
from core.db.chat.load import ConversationKey, VisitorKey
from core.db.connection import Connection


class Flags(RareRows):
    """What the batch marks. `known`: visitors who had a conversation before the one that starts."""

    def __init__(self) -> None:
        self.forms: set[ConversationKey] = set()
        self.known: set[VisitorKey] = set()

    async def write(self, conn: Connection) -> None:
        if self.forms:
            await flags.mark_forms(conn, self.forms)
        if self.known:
            await flags.mark_noted(conn, self.known)
