"""What the assistant did: turns with their steps, page by page, and figures about them."""

import datetime as dt
from typing import Any

import pytest

from core import ids
from core.days import DAY
from core.ids import ConversationId
from tests.integration.api.api_fixture import ApiFixture, of, text
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
ROUTE = "/assistant/turns"
FIGURES = "/assistant/figures"


async def turn(shop: Shop, conversation: ConversationId, *, at: int | None = None, **given: Any) -> bytes:
    """A row, as the worker leaves it."""
    made = ids.make()
    row = {"state": "completed", "error": "", "first": None, "sent": 0, "written": 0, "cost": 0} | given
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO assistant_turns (project_id, id, conversation_id, state, error, first_ms, "
            "cost, owner_version, lease_until, created_at, provider) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, 0, now(), $8, 'local')",
            shop.project,
            made,
            conversation,
            row["state"],
            row["error"],
            row["first"],
            row["cost"],
            ids.now() if at is None else at,
        )
        await conn.execute(
            "UPDATE assistant_turns SET prompt_tokens = $3, answer_tokens = $4 "
            "WHERE project_id = $1 AND id = $2",
            shop.project,
            made,
            row["sent"],
            row["written"],
        )
    return made


async def step(shop: Shop, of_turn: bytes, number: int, node: str, kind: str = "ask") -> None:
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO assistant_steps (project_id, turn_id, number, attempt, node, kind, outcome, sent, "
            "received, ms, prompt_tokens, answer_tokens, at) "
            "VALUES ($1, $2, $3, 1, $4, $5, 'text', '{}', '{}', 12, 7, 3, now())",
            shop.project,
            of_turn,
            number,
            node,
            kind,
        )


async def owned(shop: Shop, conversation: ConversationId, owner: str, reason: str, status: str) -> None:
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "UPDATE conversations SET owner = $3, owner_reason = $4, status = $5 "
            "WHERE project_id = $1 AND id = $2",
            shop.project,
            conversation,
            owner,
            reason,
            status,
        )


async def talk(shop: Shop) -> ConversationId:
    return (await shop.api.writes(shop.project, "Hello"))[1]


async def test_turns_are_listed_page_by_page_the_newest_first(shop: Shop) -> None:
    conversation, now = await talk(shop), ids.now()
    made = [text(await turn(shop, conversation, at=now - n // 2)) for n in range(5)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = (await shop.manager.get(shop.path(f"{ROUTE}?limit=2{more}"))).json
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == sorted(made) and len(seen) == 5
    assert seen == [made[1], made[0], made[3], made[2], made[4]], "by time, then by id"


async def test_turns_are_found_by_state_and_conversation(shop: Shop) -> None:
    first, second = await talk(shop), await talk(shop)
    failed = text(await turn(shop, first, state="failed", error="turn_too_long"))
    done = text(await turn(shop, second))
    for query, expected in (
        ("?state=failed", [failed]),
        (f"?conversation={text(second)}", [done]),
        (f"?conversation={text(second)}&state=failed", []),
    ):
        found = (await shop.manager.get(shop.path(ROUTE + query))).json
        assert [one["id"] for one in found["items"]] == expected, query
    assert (await shop.manager.get(shop.path(ROUTE + "?state=lost"))).status == 422
    assert (await shop.manager.get(shop.path(ROUTE + "?cursor=lost"))).status == 422


async def test_a_turn_shows_what_happened_step_by_step(shop: Shop) -> None:
    conversation = await talk(shop)
    made = await turn(shop, conversation, sent=812, written=64, cost=430, first=640)
    await step(shop, made, 2, "answer")
    await step(shop, made, 1, "wants_person")
    found = (await shop.manager.get(shop.path(f"{ROUTE}/{text(made)}"))).json
    (listed,) = (await shop.manager.get(shop.path(ROUTE))).json["items"]
    steps = found.pop("steps")
    assert found == listed
    assert (found["conversation_id"], found["provider"]) == (text(conversation), "local")
    assert (found["prompt_tokens"], found["cost"], found["first_ms"]) == (812, 430, 640)
    assert [(one["number"], one["node"]) for one in steps] == [(1, "wants_person"), (2, "answer")]
    assert (steps[0]["sent"], steps[0]["ms"], steps[0]["kind"]) == ("{}", 12, "ask")


async def test_turns_are_for_managers_of_the_project(shop: Shop, api: ApiFixture) -> None:
    path = f"{ROUTE}/{text(await turn(shop, await talk(shop)))}"
    other = await api.project("Other")
    boss = await api.sign_in(await api.person("Lan", manager=other))
    for rest in (ROUTE, path, FIGURES):
        assert (await shop.agent.get(shop.path(rest))).status == 403
        assert (await shop.stranger.get(shop.path(rest))).status == 404
        assert (await boss.get(shop.path(rest))).status == 404
    assert (await boss.get(of(other, path))).status == 404
    assert (await boss.get(of(other, ROUTE))).json["items"] == []
    assert (await boss.get(of(other, FIGURES))).json["turns"] == 0


async def test_the_turns_of_a_deleted_conversation_are_hidden(shop: Shop) -> None:
    conversation = await talk(shop)
    made = await turn(shop, conversation)
    answer = await shop.manager.call("DELETE", shop.path(f"/conversations/{text(conversation)}"))
    assert answer.status == 204, answer.body
    assert (await shop.manager.get(shop.path(ROUTE))).json["items"] == []
    assert (await shop.manager.get(shop.path(f"{ROUTE}/{text(made)}"))).status == 404


async def test_tokens_of_today_count_against_the_budget(shop: Shop) -> None:
    conversation, now = await talk(shop), ids.now()
    await turn(shop, conversation, at=now, sent=100, written=10)
    await turn(shop, conversation, at=now, sent=2_000, written=300)
    await turn(shop, conversation, at=now - DAY, sent=5, written=5)
    assert (await shop.agent.get(shop.path("/assistant"))).json["tokens_today"] == 2_410


async def test_figures_of_a_project_without_turns(shop: Shop) -> None:
    found = (await shop.manager.get(shop.path(FIGURES))).json
    assert len(found["days"]) == 30 and all(one["turns"] == 0 for one in found["days"])
    assert found["days"][-1]["day"] == dt.datetime.now(dt.UTC).date().isoformat()
    assert (found["first_ms_p50"], found["reasons"], found["ends"]) == (None, [], [])


async def test_figures_count_by_day_and_by_outcome(shop: Shop) -> None:
    talks, now = [await talk(shop) for _ in range(5)], ids.now()
    await turn(shop, talks[0], at=now - 10 * DAY)
    await turn(shop, talks[0], at=now, sent=100, written=10, cost=5, first=400)
    await turn(shop, talks[1], at=now, state="failed", first=600)
    await turn(shop, talks[2], at=now - DAY, state="interrupted", first=2_000)
    await turn(shop, talks[3], at=now - DAY)
    await owned(shop, talks[0], "assistant", "began", "solved")
    await owned(shop, talks[1], "person", "handed_over", "open")
    await owned(shop, talks[2], "person", "handed_over", "solved")
    await owned(shop, talks[3], "person", "replied", "open")
    await owned(shop, talks[4], "assistant", "began", "solved")  # without a turn in these days
    found = (await shop.manager.get(shop.path(f"{FIGURES}?days=2"))).json
    yesterday, today = found["days"]
    assert (yesterday["turns"], yesterday["interrupted"], yesterday["failed"]) == (2, 1, 0)
    assert (today["turns"], today["failed"]) == (2, 1)
    assert (today["prompt_tokens"], today["answer_tokens"], today["cost"]) == (100, 10, 5)
    assert (found["turns"], found["resolved"], found["handed_over"]) == (4, 1, 3)
    assert found["reasons"] == [{"reason": "handed_over", "count": 2}, {"reason": "replied", "count": 1}]
    assert (found["first_ms_p50"], found["first_ms_p95"]) == (600, 2_000)


async def test_figures_say_at_which_node_conversations_stand(shop: Shop) -> None:
    talks, now = [await talk(shop) for _ in range(3)], ids.now()
    for number, conversation in enumerate(talks):
        early = await turn(shop, conversation, at=now - 1_000)
        await step(shop, early, 1, "greeting")
        late = await turn(shop, conversation, at=now)
        await step(shop, late, 1, "greeting")
        await step(shop, late, 2, "bye" if number else "handoff")
    found = (await shop.manager.get(shop.path(FIGURES))).json
    assert found["ends"] == [{"node": "bye", "count": 2}, {"node": "handoff", "count": 1}]


@pytest.mark.parametrize("days", ["0", "91", "x"])
async def test_figures_go_back_ninety_days(shop: Shop, days: str) -> None:
    assert (await shop.manager.get(shop.path(f"{FIGURES}?days={days}"))).status == 422


async def test_a_summary_stands_in_for_a_brief_where_the_assistant_did_not_hand_over(shop: Shop) -> None:
    conversation = await talk(shop)
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO assistant_conversations (project_id, conversation_id, summary) VALUES ($1, $2, $3)",
            shop.project,
            conversation,
            "Asked about a refund.",
        )
    path = shop.path(f"/conversations/{text(conversation)}/assistant")
    await owned(shop, conversation, "assistant", "began", "open")
    assert (await shop.manager.get(path)).json["brief"] == ""
    await owned(shop, conversation, "person", "declined", "open")
    assert (await shop.manager.get(path)).json["brief"] == "Asked about a refund."
