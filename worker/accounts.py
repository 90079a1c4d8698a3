"""Periodic account work: ends second factors that are due, deletes registrations never confirmed."""

from typing import Final

from core.accounts import two_factor
from core.action_context import MailingContext
from core.db.identity import users
from core.db.ops.audit import Actor
from core.identity.encryption import Sealer
from worker import pool

BATCH_SIZE: Final = 100  # per round
DAY: Final = 24 * 60 * 60 * 1000  # ms
UNCONFIRMED_KEPT: Final = 7 * DAY


async def sweep(conn: pool.Driver, sealer: Sealer, *, now: int) -> None:
    """One round. It can be interrupted anywhere and run again."""
    by = MailingContext(actor=Actor("system"), now=now, sealer=sealer, origin="")  # these mails have no link
    for _ in range(BATCH_SIZE):
        async with conn.transaction():  # one at a time, with its audit entry and its mail
            if not await two_factor.end_due(conn, by):
                break
    await users.remove_unconfirmed(conn, before=now - UNCONFIRMED_KEPT, now=now, limit=BATCH_SIZE)
