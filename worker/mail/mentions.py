"""Consumer `mention_mail`: a teammate mentioned you in a note."""

from typing import Final

from core import ids
from core.db import claims, consumers
from core.db.consumers import ConsumerEvent
from core.db.notes import mentions
from core.db.ops import mails
from core.identity.encryption import Sealer
from core.mail import Mentioned
from worker import pool

MAIL: Final = b"mail"


class MentionMails:
    """Queues the mails. Mentions of one person about one visitor that wait together make one mail."""

    def __init__(self, sealer: Sealer, *, origin: str) -> None:
        """`origin`: of the links."""
        self._sealer = sealer
        self._origin = origin

    async def work(self, conn: pool.Driver, row: ConsumerEvent) -> None:
        """Queues one mail in the transaction in which its row goes."""
        found = await mentions.still_due(conn, row.project, row.subscriber, row.event)
        if found is None:
            await claims.done(conn, consumers.CLAIMS, row.key)
            return
        if not await consumers.done_with_alike(conn, row):
            return  # another worker, after our lease
        page = f"{self._origin}/app/p/{ids.text(row.project)}"
        if found.conversation is not None:
            page = f"{page}/c/{ids.text(found.conversation)}"
        mail = Mentioned(
            link=page,
            full_name=found.full_name,
            author=found.author,
            visitor=found.visitor,
            project=found.project,
        )
        await mails.add(
            conn,
            id=ids.derived(row.event, row.consumer.encode(), row.subscriber, MAIL),
            mail=mail,
            recipient=found.email,
            language=found.language,
            timezone=found.timezone,
            sealer=self._sealer,
            now=ids.now(),
            project=row.project,
        )
