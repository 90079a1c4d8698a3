"""What a project spends in a day is counted by the database, exactly, and read at the cost of one row."""

import asyncio
import json
from typing import Any

from core import ids
from core.days import DAY, day_began
from core.db.assistant import budgets, daily_tokens, turns
from core.db.assistant.turns import Claimed
from core.ids import ConversationId
from tests.integration.core.core_fixture import CoreFixture, connect, new_visitor
from tests.integration.core.test_reading import begun, core_fixture

__all__ = ["core_fixture"]

TODAY = day_began(ids.now())
EARLIER = (  # the statement of a release that knows no counter
    "UPDATE assistant_turns SET prompt_tokens = prompt_tokens + 7, answer_tokens = answer_tokens + 3 "
    "WHERE project_id = $1 AND id = $2"
)


def begin(fixture: CoreFixture, conversation: ConversationId, *, at: int = TODAY + 1) -> Claimed:
    """A turn that began then."""
    turn = Claimed(fixture.project, ids.make(at), conversation, new_visitor(), 0, 0, 0, False, None, 0, at)
    fixture.run(
        lambda conn: conn.execute(
            "INSERT INTO assistant_turns (project_id, id, conversation_id, state, owner_version, "
            "lease_until, created_at) VALUES ($1, $2, $3, 'completed', 0, $4, $4)",
            turn.project,
            turn.id,
            conversation,
            at,
        )
    )
    return turn


def spent(fixture: CoreFixture, *, day: int = TODAY) -> int:
    found: int = fixture.run(lambda conn: daily_tokens.spent(conn, fixture.project, "assistant", day=day))
    return found


async def add(conn: Any, turn: Claimed, tokens: int) -> None:
    await turns.add_tokens(conn, turn, prompt=tokens, answer=1, cost=0, estimated=False)


def test_each_token_is_counted_once_also_by_an_earlier_release(core_fixture: CoreFixture) -> None:
    made = [begin(core_fixture, conversation) for conversation in begun(core_fixture, 8)]

    async def spend(turn: Claimed, *, earlier: bool) -> None:
        conn = await connect(core_fixture.url)
        try:
            for _ in range(20):
                if earlier:
                    await conn.execute(EARLIER, turn.project, turn.id)
                else:
                    await add(conn, turn, 9)
        finally:
            await conn.close()

    async def all_at_once() -> None:
        await asyncio.gather(*(spend(turn, earlier=n % 2 == 1) for n, turn in enumerate(made)))

    asyncio.run(all_at_once())
    assert spent(core_fixture) == 8 * 20 * 10


def test_a_transaction_that_has_spent_makes_no_other_wait(core_fixture: CoreFixture) -> None:
    """The counter is written at the commit, after every other lock of a transaction."""
    one, two = (begin(core_fixture, conversation) for conversation in begun(core_fixture, 2))

    async def crossed() -> None:
        first, second = await connect(core_fixture.url), await connect(core_fixture.url)
        try:
            async with asyncio.timeout(10):
                async with first.transaction():
                    await add(first, one, 1)
                    async with second.transaction():
                        await add(second, two, 1)
                    await add(first, two, 1)
        finally:
            await first.close()
            await second.close()

    asyncio.run(crossed())
    assert spent(core_fixture) == 6


def test_what_was_rolled_back_or_began_on_another_day_does_not_count(core_fixture: CoreFixture) -> None:
    conversation, other = begun(core_fixture, 2)
    today, yesterday = begin(core_fixture, conversation), begin(core_fixture, other, at=TODAY - 1)

    async def spend(conn: Any) -> None:
        transaction = conn.transaction()
        await transaction.start()
        await add(conn, today, 50)
        await transaction.rollback()
        await add(conn, today, 4)
        await add(conn, yesterday, 99)

    core_fixture.run(spend)
    assert (spent(core_fixture), spent(core_fixture, day=TODAY - DAY)) == (5, 100)
    core_fixture.run(lambda conn: daily_tokens.remove_old(conn, before=TODAY))
    assert (spent(core_fixture), spent(core_fixture, day=TODAY - DAY)) == (5, 0)


def test_a_hundred_thousand_turns_cost_as_much_as_one(core_fixture: CoreFixture) -> None:
    (conversation,) = begun(core_fixture, 1)

    async def blocks(conn: Any, sql: str, *args: Any) -> tuple[int, str]:
        (plan,) = json.loads(await conn.fetchval("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql, *args))
        whole = plan["Plan"]
        return int(whole["Shared Hit Blocks"] + whole["Shared Read Blocks"]), json.dumps(plan)

    async def measured(conn: Any) -> None:
        await conn.execute(
            "INSERT INTO assistant_turns (project_id, id, conversation_id, state, owner_version, "
            "lease_until, created_at, prompt_tokens) "
            "SELECT $1, gen_random_uuid(), $2, 'completed', 0, $3, $3, 500 FROM generate_series(1, 100000)",
            core_fixture.project,
            conversation,
            TODAY + 2,
        )
        await conn.execute("ANALYZE assistant_turns")
        await conn.execute("INSERT INTO assistants (project_id) VALUES ($1)", core_fixture.project)
        turn = core_fixture.project, "assistant", TODAY
        read, plan = await blocks(conn, daily_tokens.SPENT, *turn)
        assert read < 20 and "assistant_turns" not in plan
        marked, plan = await blocks(conn, budgets.MARK, core_fixture.project, TODAY, TODAY, 80)
        assert marked < 20 and "assistant_turns" not in plan

    turn = begin(core_fixture, conversation)
    core_fixture.run(lambda conn: add(conn, turn, 1))
    core_fixture.run(measured)
