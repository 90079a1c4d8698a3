"""Hop 5: the article that a visitor asks about, kept with the conversation for the assistant."""

from core.apply.rare import RareRows
from core.db.assistant import conversations
from core.db.chat.load import ConversationKey
from core.db.connection import Connection


class Subjects(RareRows):
    """The last one that a message of the batch names, for each conversation."""

    def __init__(self) -> None:
        self.articles: dict[ConversationKey, bytes] = {}

    async def write(self, conn: Connection) -> None:
        await conversations.ask_about(conn, self.articles)
