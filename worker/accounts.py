"""Periodic account work: ends second factors that are due, deletes registrations never confirmed."""

from typing import Final

from core.db.identity import two_factor, users
from core.db.ops import audit, mails
from core.db.ops.audit import Actor, Entry
from core.identity.encryption import Sealer
from core.mail import AccountChanged
from worker import pool

AT_ONCE: Final = 100  # per round
DAY: Final = 24 * 60 * 60 * 1000  # ms
UNCONFIRMED_KEPT: Final = 7 * DAY


async def sweep(conn: pool.Driver, sealer: Sealer, *, now: int) -> None:
    """One round. It can be interrupted anywhere and run again."""
    for _ in range(AT_ONCE):
        if not await _end_second_factor(conn, sealer, now=now):
            break
    await users.remove_unconfirmed(conn, before=now - UNCONFIRMED_KEPT, now=now, limit=AT_ONCE)


async def _end_second_factor(conn: pool.Driver, sealer: Sealer, *, now: int) -> bool:
    """Ends one, in one transaction with its audit entry and its mail; False when none is due."""
    async with conn.transaction():
        who = await two_factor.take_due(conn, now=now)
        if who is None:
            return False
        user = await users.by_id(conn, who)
        assert user is not None
        await mails.add(
            conn,
            mail=AccountChanged("two_factor_off", user.full_name, now),
            recipient=user.email,
            language=user.language,
            timezone=user.timezone,
            sealer=sealer,
            now=now,
        )
        entry = Entry(
            project=None,
            actor=Actor("system"),
            action="two_factor.ended",
            entity="user",
            entity_id=user.id,
            result="ok",
            address="",
            agent="",
            changes={"full_name": user.full_name},
        )
        await audit.add(conn, entry, now=now)
    return True
