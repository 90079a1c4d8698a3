"""Mails as they stand in the outbox, and clients at other IP addresses."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
import trio

from core.bus import names
from core.identity.encryption import MAIL, Sealer
from core.ids import ProjectId
from core.mail import Mail, Sealed
from core.signals import decode_batch
from tests.integration.api.api_fixture import Answer, ApiFixture, Caller
from tests.patience import PATIENCE

M = TypeVar("M", bound=Mail)
SAME = {"Sec-Fetch-Site": "same-origin"}


async def mails_to(api: ApiFixture, email: str) -> list[Mail]:
    """The mails to this address, the oldest first."""
    sealer = Sealer.of(api.context.settings)
    async with api.context.database.connection() as conn:
        rows = await conn.fetch(
            "SELECT sealed FROM mails WHERE recipient = $1 ORDER BY created_at, id", email
        )
    opened = [msgspec.json.decode(sealer.open(row[0], purpose=MAIL), type=Sealed) for row in rows]
    return [each.mail for each in opened]


async def last_mail(api: ApiFixture, email: str, kind: type[M]) -> M:
    """The newest of that kind."""
    return [mail for mail in await mails_to(api, email) if isinstance(mail, kind)][-1]


def token(mail: Any) -> str:
    """The fragment of the mail's link."""
    return str(mail.link.partition("#")[2])


async def post_from(caller: Caller, address: str, path: str, body: Any) -> Answer:
    """A POST from the IP address `address`."""
    return await caller.call("POST", path, body, scope_base={"client": (address, 4711)})


def cookie(caller: Caller, name: str = "parley_refresh") -> str:
    """The value of a cookie in the client's jar."""
    return next(each.value or "" for each in caller.client.cookie_jar if each.name == name)  # type: ignore[union-attr]


async def published_during(
    api: ApiFixture, project: ProjectId, act: Callable[[], Awaitable[object]]
) -> list[object]:
    """The events published to the project's room while `act` runs: the sessions that ended."""
    async with api.context.redis.pubsub(channels=[names.room(project)]) as listener:
        await act()
        published: list[object] = []
        with trio.fail_after(PATIENCE):
            while not published:
                message = await listener.get_message(ignore_subscribe_messages=True, timeout=1)
                if message is not None and isinstance(message["data"], bytes):
                    published += decode_batch(message["data"])
        return published
