"""The server's part in tests of mail: puts mails into the outbox, and reads what became of them."""

import asyncio
import time
from typing import Any
from uuid import UUID

import asyncpg

from core.config import settings
from core.db import codecs
from core.db.ops import mails
from core.identity.encryption import Sealer
from core.mail import Mail
from tests.stack import SECRET, Stack

MARK = "x7Tq-the-token-that-must-not-be-in-any-log_09"
LINK = f"https://chat.example/app/verify#{MARK}"


def put(stack: Stack, *mails_to: tuple[Mail, str], language: str = "en", at: int | None = None) -> None:
    """Puts each (mail, recipient) into the outbox in one transaction; `at`: the time, in ms."""

    async def add() -> None:
        conn = await asyncpg.connect(stack.database_url)
        await codecs.prepare(conn)
        sealer = Sealer.of(settings.read({"PARLEY_SECRET_KEY": SECRET}))
        async with conn.transaction():
            for number, (mail, recipient) in enumerate(mails_to):
                now = (at or now_ms()) + number
                await mails.add(
                    conn,
                    mail=mail,
                    recipient=recipient,
                    language=language,
                    sealer=sealer,
                    now=now,
                    timezone="Asia/Ho_Chi_Minh",
                )
        await conn.close()

    asyncio.run(add())


def rows(stack: Stack) -> list[Any]:
    """Mails that wait or are dead: id, recipient, tries, dead, and in how many seconds they are due."""
    return stack.sql(
        "SELECT id, recipient, tries, dead, extract(epoch FROM due_at - now())::float AS due_in "
        "FROM mails ORDER BY id"
    )


def due_now(stack: Stack, mail: UUID | None = None) -> None:
    """Ends the wait of one mail, or of all."""
    stack.sql("UPDATE mails SET due_at = now() WHERE $1::uuid IS NULL OR id = $1", mail)


def now_ms() -> int:
    return time.time_ns() // 1_000_000
