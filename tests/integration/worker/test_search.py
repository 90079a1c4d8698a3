"""The stage `search` makes what is written searchable, in one worker at a time."""

import asyncio
from typing import Any

import pytest

from core import ids
from core.apply.apply import apply
from core.config import settings
from core.db import locks
from core.db.search import results
from core.identity.encryption import Sealer
from core.search import query
from tests.integration.core.core_fixture import CoreFixture, connect, new_visitor
from tests.patience import PATIENCE
from tests.stack import SECRET, Stack
from worker import pool
from worker.control import Control
from worker.process import Process
from worker.search.stage import SearchStage
from worker.supervision import Health
from worker.wakeup import Wakeup


@pytest.fixture
def core_fixture(stack: Stack) -> CoreFixture:
    return CoreFixture(stack.database_url)


async def run_stage(stack: Stack, stop: asyncio.Event) -> None:
    made = settings.read(
        {
            "PARLEY_DATABASE_URL": stack.database_url,
            "PARLEY_REDIS_URL": stack.redis_url,
            "PARLEY_SECRET_KEY": SECRET,
        }
    )
    async with pool.open_database(made.database_url, size=2) as database:
        control = Control(made.redis_url, stop)  # the stage listens to none
        process = Process(made, Sealer.of(made), "worker", database, control, Wakeup(), stop)
        await SearchStage(process).run(Health("search"))


def test_two_workers_make_each_message_searchable_once(stack: Stack, core_fixture: CoreFixture) -> None:
    async def whole() -> list[str]:
        conn = await connect(stack.database_url)
        stop = asyncio.Event()
        try:
            async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
                for _ in range(2):
                    group.create_task(run_stage(stack, stop))
                for number in range(250):
                    async with conn.transaction():
                        await apply(conn, [core_fixture.post(new_visitor(), f"word {number}")], now=ids.now())
                while await conn.fetchval("SELECT count(*) FROM search_queue"):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
                held = await conn.fetchval(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1::bigint::oid "
                    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                    locks.SEARCH,
                )
                assert held == 1
                stop.set()
            rows: Any = await results.page(
                conn, core_fixture.project, "messages", query.read("word"), after=None, limit=500
            )
            return [row.text for row in rows]
        finally:
            await conn.close()

    assert sorted(asyncio.run(whole())) == sorted(f"word {number}" for number in range(250))
