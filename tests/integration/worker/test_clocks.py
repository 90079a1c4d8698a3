"""A worker whose clock is minutes off neither takes what another one works on, nor leaves what is due."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from core import ids
from core.assistant.turn import Replied
from core.db import claims
from core.db.assistant import leases
from core.db.ops import mails
from core.mail import VerifyEmail
from tests.integration.worker.assistant_project import Asked, Assisted, says
from tests.integration.worker.post_side import LINK, put, rows
from tests.patience import PATIENCE
from tests.stack import Stack
from worker import pool

MINUTES = 60_000  # ms
LEASE = 1 * MINUTES
OFF = pytest.mark.parametrize("off", [-10 * MINUTES, 10 * MINUTES], ids=["slow", "fast"])


@pytest.fixture
def set_off(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """The process's clock is so many ms off from now on; 0: it is right."""
    right = ids.now
    return lambda off: monkeypatch.setattr(ids, "now", lambda: right() + off)


@OFF
def test_a_claimed_row_stays_with_its_worker(
    fresh_stack: Stack, set_off: Callable[[int], None], off: int
) -> None:
    set_off(off)
    put(fresh_stack, (VerifyEmail(link=LINK, full_name="Mai"), "mai@shop.example"), at=ids.now())

    async def scenario() -> None:
        async with pool.connection(fresh_stack.database_url, name="test") as conn:
            mine = await mails.claim(conn, lease=LEASE)
            assert mine is not None, "it is due whatever the clock of its server says"
            for other in (0, -off):
                set_off(other)
                assert await mails.claim(conn, lease=LEASE) is None
            wait = await claims.failed(conn, mails.CLAIMS, mine.key, tries=1, reason="later")
            assert wait is not None and await mails.claim(conn, lease=LEASE) is None
            await claims.release(conn, mails.CLAIMS, mine.key)
            again = await mails.claim(conn, lease=LEASE)
            assert again is not None and again.id == mine.id

    asyncio.run(scenario())
    assert len(rows(fresh_stack)) == 1


@OFF
def test_a_running_turn_stays_with_its_worker(stack: Stack, set_off: Callable[[int], None], off: int) -> None:
    """The worker that runs it renews its lease by a clock that is off; another one's is right."""
    project, may = Assisted(stack), asyncio.Event()

    async def held(_asked: Asked, on_text: Callable[[str], Any]) -> Replied:
        await may.wait()
        return await says(on_text, "Yes.")

    async def scenario() -> None:
        async with asyncio.timeout(PATIENCE), project.stage(held) as working:
            talk = (await working.write("Hello")).conversation
            while not working.model.asking:  # noqa: ASYNC110  a request of the stage
                await asyncio.sleep(0.01)
            set_off(off)
            ends = "SELECT lease_until FROM assistant_turns WHERE project_id = $1 AND conversation_id = $2"
            before = await working.conn.fetchval(ends, project.project, talk)
            while await working.conn.fetchval(ends, project.project, talk) == before:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            set_off(0)
            assert await leases.claim(working.conn, lease=LEASE, limit=100) == []
            may.set()
            (turn,) = await working.until_over(talk)
            assert (turn["state"], turn["attempt"]) == ("completed", 1)

    asyncio.run(scenario())
