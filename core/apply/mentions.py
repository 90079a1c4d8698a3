"""Hop 5: the mentions of teammates in an internal note of a conversation."""

from core import ids
from core.apply.batch import Batch
from core.apply.rare import RareRows
from core.content import Mentions
from core.db.connection import Connection
from core.db.notes import mentions
from core.db.notes.mentions import NewMention
from core.events import MessagePosted
from core.ids import UserId


class NewMentions(RareRows):
    """The rows of who was mentioned, in order."""

    def __init__(self) -> None:
        self.rows: list[NewMention] = []

    async def write(self, conn: Connection) -> None:
        await mentions.add(conn, self.rows)


def mention(batch: Batch, event: MessagePosted, shown: Mentions) -> None:
    """Records who was mentioned where; only members other than the author get it."""
    batch.rare(NewMentions).rows += [
        NewMention(
            project=event.project,
            user=UserId(one.user.bytes),
            id=ids.make(event.at),
            at=event.at,
            author=event.author,
            author_name=event.author_name,
            visitor=event.visitor,
            note=None,
            conversation=event.conversation,
            seq=event.seq,
        )
        for one in shown.users
    ]
