"""The stage `webhooks` from inside: what it does without a poll, and many events in one transaction."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop

from core import ids
from core.apply.apply import apply
from core.bus import connection as bus
from core.bus import rooms
from core.config import settings
from core.db import consumers, locks, outbox
from core.db.consumers import WEBHOOKS
from core.identity.encryption import Sealer
from core.signals import ConsumersCalled
from core.webhooks import expansion
from tests.integration.core.core_fixture import NOW, connect, new_visitor
from tests.integration.worker.webhook_receiver import Integrated, WebhookReceiver
from tests.patience import PATIENCE
from tests.stack import SECRET, Stack
from worker import consumer_events, pool
from worker.control import Control
from worker.process import Process
from worker.supervision import Health
from worker.wakeup import Wakeup
from worker.webhooks import expand
from worker.webhooks import stage as stages

HOUR = 3600.0


@pytest.fixture
def project(fresh_stack: Stack) -> Integrated:
    return Integrated(fresh_stack)


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookReceiver]:
    made = WebhookReceiver(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", made.authority)
    yield made
    made.close()


@asynccontextmanager
async def stage(stack: Stack) -> AsyncGenerator[bus.Redis]:
    """It works until the end."""
    given = settings.read(
        {
            "PARLEY_SECRET_KEY": SECRET,
            "PARLEY_DATABASE_URL": stack.database_url,
            "PARLEY_REDIS_URL": stack.redis_url,
            "PARLEY_OUTBOUND_NETWORKS": "127.0.0.0/8, ::1",
        }
    )
    stop = asyncio.Event()
    control = Control(given.redis_url, stop)
    async with (
        pool.open_database(given.database_url, size=4) as database,
        bus.client(given.redis_url, connections=2) as redis,
        asyncio.TaskGroup() as group,
    ):
        process = Process(given, Sealer.of(given), "w", database, control, Wakeup(), stop)
        made = stages.WebhooksStage(process)
        group.create_task(control.run(Health("control")))
        working = group.create_task(made.run(Health("webhooks")))
        try:
            yield redis
        finally:
            stop.set()
            await asyncio.wait_for(asyncio.shield(working), PATIENCE)


async def delivered(conn: Any, count: int) -> None:
    asked = "SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'"
    async with asyncio.timeout(PATIENCE):
        while await conn.fetchval(asked) < count:  # noqa: ASYNC110  rows have no event
            await asyncio.sleep(0.01)


def test_nothing_waits_for_a_poll(
    project: Integrated, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither an event, nor the delivery of it, nor the next one of its conversation."""
    monkeypatch.setattr(stages, "INTERVAL", HOUR)
    monkeypatch.setattr(stages, "IDLE", HOUR)
    project.webhook(receiver.url, "message.created")
    first, second = new_visitor(), new_visitor()

    async def run() -> None:
        async with stage(project.stack) as redis:
            conn = await connect(project.url)
            try:
                for time in (1, 2):  # its first poll may find those of the first time
                    commands = [project.post(first, f"a {number}") for number in range(6)]
                    commands += [project.post(second, f"b {number}") for number in range(6)]
                    async with conn.transaction():
                        await apply(conn, commands, now=NOW)
                    rows = await outbox.oldest(conn, limit=1000)
                    await outbox.fan_out(conn, [row.id for row in rows], now=ids.now())
                    await rooms.announce(redis, [ConsumersCalled(project.project)])
                    await delivered(conn, 12 * time)
            finally:
                await conn.close()

    uvloop.run(run())
    bodies = [one.json["data"]["message"]["body"] for one in receiver.received]
    for letter in "ab":
        expected = [f"{letter} {number}" for number in range(6)]
        assert [one for one in bodies if one[0] == letter] == expected * 2


def test_a_message_that_is_being_altered_keeps_back_its_own_event_alone(project: Integrated) -> None:
    project.webhook("https://a.test/", "message.created")
    altered, other = project.apply(*(project.post(new_visitor(), "hello") for _ in range(2)))
    project.fan_out()

    async def run(conn: Any) -> Any:
        editor = await connect(project.url)
        try:
            rows = await claimed(conn)
            async with editor.transaction(), asyncio.timeout(PATIENCE):
                await locks.hold(editor, locks.PAYLOADS, ids.text(altered.conversation))
                async with conn.transaction():
                    return await expand.work_together(conn, rows)
        finally:
            await editor.close()

    (left,) = project.run(run)
    assert left.conversation == altered.conversation
    ((made,),) = project.stack.sql("SELECT conversation_id FROM webhook_deliveries")
    assert made.bytes == other.conversation
    assert project.rows() == [(altered.conversation, left.subscriber)]


def test_an_event_that_fails_takes_no_other_with_it(
    project: Integrated, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.webhook("https://a.test/", "message.created")
    posted = project.apply(*(project.post(new_visitor(), "hello") for _ in range(5)))
    project.fan_out()
    made = expansion.deliveries

    def failing(row: Any, *args: Any, **given: Any) -> Any:
        if row.conversation == posted[2].conversation:
            raise ValueError("a fault of ours")
        return made(row, *args, **given)

    monkeypatch.setattr(expansion, "deliveries", failing)
    worked = project.run(
        lambda conn: consumer_events.work_off(
            conn, WEBHOOKS, expand.work, together=expand.work_together, stopped=lambda: False
        )
    )
    assert worked == 5 and len(project.deliveries()) == 4
    ((conversation, tries),) = project.stack.sql("SELECT conversation_id, tries FROM consumer_events")
    assert (conversation.bytes, tries) == (posted[2].conversation, 1)


async def claimed(conn: Any) -> list[consumers.ConsumerEvent]:
    return await consumers.claim(conn, WEBHOOKS, lease=60_000, limit=50)
