"""A project whose agents have browsers at a push service, for tests of the stage `push`."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from core import ids
from core.bus import connection as bus
from core.bus.notifications import attention
from core.bus.notifications.attention import Tab
from core.config import settings
from core.db.notifications import keys, subscriptions
from core.db.notifications.keys import PushKey
from core.identity.encryption import Sealer
from core.ids import UserId
from core.notifications import subscriptions as rules
from core.notifications.subscriptions import Subscription
from tests.integration.worker.office import Office
from tests.push_service import Browser, PushService, written
from tests.running import Running
from tests.stack import SECRET, Stack

SEALER = Sealer.of(settings.read({"PARLEY_SECRET_KEY": SECRET}))


class PushProject(Office):
    """Ann and Ben; neither has a browser yet."""

    def __init__(self, stack: Stack, service: PushService) -> None:
        super().__init__(stack)
        self.service = service
        self._tab = ids.make()

    @property
    def public_key(self) -> str:
        """The installation's."""
        found: PushKey = self.run(lambda conn: keys.current(conn, SEALER, now=ids.now()))
        return written(found.public_key)

    def browser(self, user: UserId, name: str = "phone", *, address: str = "") -> tuple[Browser, UUID]:
        """Signs the user in, in a browser that is subscribed; the subscription's id."""
        made, browser = ids.make(), Browser()
        session = ids.make()
        value = Subscription(endpoint=address or self.service.address(name), **browser.keys)

        async def add(conn: Any) -> None:
            key = await keys.current(conn, SEALER, now=ids.now())
            await conn.execute(
                "INSERT INTO sessions (id, user_id, token_hash, expires_at) "
                "VALUES ($1, $2, $3, now() + interval '1 day')",
                session,
                user,
                os.urandom(32),
            )
            await subscriptions.replace(
                conn,
                made,
                user=user,
                session=session,
                key=key.id,
                endpoint_hash=rules.endpoint_hash(SECRET, value.endpoint),
                sealed=rules.seal(SEALER, value, made),
                service=value.host,
                now=ids.now(),
            )

        self.run(add)
        return browser, UUID(bytes=made)

    def worker(self, **given: Any) -> Running:
        """A worker that may push to this machine."""
        allowed = {"outbound_networks": "127.0.0.0/8, ::1"} | given
        made = self.stack.spawn("worker", "push", **allowed)
        made.wait_for_line("worker.ready")
        return made

    def look(self, user: UserId) -> None:
        """The user has the focus in a tab of the project, on any device."""
        made = Tab(tab=self._tab, device=self._tab, focused=True, sounds=False, notifies=False, unused=0)
        asyncio.run(self._attend(lambda redis: attention.report(redis, self.project, user, made)))

    def look_away(self, user: UserId) -> None:
        """The tab was closed."""
        asyncio.run(self._attend(lambda redis: attention.leave(redis, self.project, user, self._tab)))

    async def _attend(self, work: Callable[[bus.Redis], Awaitable[object]]) -> None:
        async with bus.client(self.stack.redis_url, connections=1) as redis:
            await work(redis)

    def push_now(self) -> None:
        """Publishes what was said, and ends its delay."""
        self.fan_out()
        self.stack.sql("UPDATE consumer_events SET due_at = now() - interval '1 s' WHERE consumer = 'push'")

    def settled(self, by: Running) -> None:
        rows = "SELECT FROM consumer_events WHERE consumer = 'push'"
        by.wait_until(lambda: not self.stack.sql(rows), what="working off the pushes")

    def prefer(self, user: UserId, **columns: Any) -> None:
        """Sets preferences of the table."""
        names = ", ".join(columns)
        values = ", ".join(f"${n + 2}" for n in range(len(columns)))
        self.stack.sql(
            f"INSERT INTO notification_preferences (user_id, changed_at, {names}) "  # noqa: S608
            f"VALUES ($1, now(), {values})",
            UUID(bytes=user),
            *columns.values(),
        )
