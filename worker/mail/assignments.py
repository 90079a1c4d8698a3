"""Consumer `assignment_mail`: a teammate assigned you a conversation."""

from typing import Final

from core import ids
from core.db import claims, consumers
from core.db.chat import assignments
from core.db.consumers import ConsumerEvent
from core.db.ops import mails
from core.identity.encryption import Sealer
from core.mail import ConversationAssigned
from worker import pool

MAIL: Final = b"mail"


class AssignmentMails:
    """Queues the mails. Assignments of a conversation to one person that wait together make one mail."""

    def __init__(self, sealer: Sealer, *, origin: str) -> None:
        """`origin`: of the links."""
        self._sealer = sealer
        self._origin = origin

    async def work(self, conn: pool.Driver, row: ConsumerEvent) -> None:
        """Queues one mail in the transaction in which its row goes."""
        found = await assignments.still_due(conn, row)
        if found is None:
            await claims.done(conn, consumers.CLAIMS, row.key)
            return
        if not await consumers.done_with_alike(conn, row):
            return  # another worker, after our lease
        assert row.conversation is not None  # found by it
        app = f"{self._origin}/app"
        mail = ConversationAssigned(
            link=f"{app}/p/{ids.text(row.project)}/c/{ids.text(row.conversation)}",
            full_name=found.full_name,
            assigner=found.assigner,
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
