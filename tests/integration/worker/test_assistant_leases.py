"""Leases of several turns are renewed in one statement, which waits for none of them."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from core.assistant.turn import Replied
from core.db.assistant import leases
from core.db.assistant.leases import Standing
from core.db.assistant.turns import Claimed
from tests.integration.worker.assistant_project import Asked, Assisted, says
from tests.patience import PATIENCE
from tests.stack import Stack
from worker import pool

OURS = Standing(ours=True, renewed=True, current=True, waiting=False, owner_reason="began")


def test_only_leases_of_ours_that_no_transaction_has_are_renewed(stack: Stack) -> None:
    project, may = Assisted(stack), asyncio.Event()

    async def held(_asked: Asked, on_text: Callable[[str], Any]) -> Replied:
        await may.wait()
        return await says(on_text, "Yes.")

    async def scenario() -> None:
        async with (
            asyncio.timeout(PATIENCE),
            project.stage(held) as working,
            pool.connection(stack.database_url, name="test") as beside,
        ):
            try:
                talks = [(await working.write(f"Hello {n}")).conversation for n in range(3)]
                while working.model.asking < 3:  # noqa: ASYNC110  requests of the stage
                    await asyncio.sleep(0.01)
                free, locked, foreign = [await _claimed(working.conn, project, talk) for talk in talks]
                foreign = msgspec.structs.replace(foreign, attempt=foreign.attempt - 1)
                async with beside.transaction():
                    await beside.execute(
                        "SELECT FROM assistant_turns WHERE project_id = $1 AND id = $2 FOR UPDATE",
                        project.project,
                        locked.id,
                    )
                    standings = await leases.renew(working.conn, [foreign, locked, free], lease=60_000)
                    assert standings == [
                        msgspec.structs.replace(OURS, ours=False, renewed=False),
                        msgspec.structs.replace(OURS, renewed=False),
                        OURS,
                    ]
            finally:
                may.set()
            for talk in talks:
                await working.until_over(talk)

    asyncio.run(scenario())


async def _claimed(conn: Any, project: Assisted, conversation: Any) -> Claimed:
    row = await conn.fetchrow(
        "SELECT t.project_id, t.id, t.conversation_id, c.visitor_id, t.owner_version, t.attempt, t.restarts, "
        "t.shown, t.engine, t.workflow, t.created_at FROM assistant_turns t JOIN conversations c "
        "ON c.project_id = t.project_id AND c.id = t.conversation_id "
        "WHERE t.project_id = $1 AND t.conversation_id = $2",
        project.project,
        conversation,
    )
    return Claimed(*row)
