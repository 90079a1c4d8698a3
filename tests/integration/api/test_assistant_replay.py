"""A draft is run against recorded conversations of the project: what changes, for its managers alone."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from core import ids
from core.assistant import graph
from core.assistant.graph import Workflow
from core.db.assistant import inputs, steps
from core.db.assistant.steps import NewStep
from core.ids import ConversationId
from server.api.assistant.replay import routes as replay
from tests.integration.api.api_fixture import Answer, ApiFixture, of, text
from tests.integration.api.factories import api_key, filled_project
from tests.integration.api.fingerprints import fingerprint
from tests.integration.api.tenancy import Shop, shop
from tests.integration.api.test_assistant import errors, node, workflow
from tests.unit.core.assistant.drawn import calls, says
from tests.unit.core.assistant.taped import Tape

__all__ = ["shop"]
ROUTE = "/assistant/workflow/replay"
NODES = [
    node("start", "start", next="refund"),
    node("condition", "refund", question="A refund?", yes="solve", no="answer"),
    node("action", "solve", tool="change_status", arguments={"status": "solved"}, next="bye"),
    node("end", "bye", text="Good bye."),
    node("llm", "answer", prompt="Answer."),
]
DRAWN = workflow(*NODES)
HANDS_OVER = workflow(
    *NODES[:2],
    node("handoff", "solve", reason="Money.", text="One moment."),
    *NODES[3:],
)
YES, NO = calls("route", path="yes"), calls("route", path="no")


async def record(shop: Shop, *turns: Sequence[Any]) -> tuple[ConversationId, list[bytes]]:
    """A conversation as the worker leaves it: each turn is a message and the model's answers."""
    tape = Tape(parsed(DRAWN))
    visitor, conversation, made = None, ConversationId(b""), []
    for seq, (message, *answers) in enumerate(turns, start=1):
        visitor, conversation = await shop.api.writes(shop.project, message, visitor=visitor)
        tape.turn(message, *answers)
        made.append(await keep(shop, conversation, tape, seq=seq))
    return conversation, made


async def keep(shop: Shop, conversation: ConversationId, tape: Tape, *, seq: int) -> bytes:
    turn, now = ids.make(), ids.now()
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO assistant_turns (project_id, id, conversation_id, state, owner_version, "
            "lease_until, created_at, ended_at) VALUES ($1, $2, $3, 'completed', 0, $4, $4, $4)",
            shop.project,
            turn,
            conversation,
            now,
        )
        await inputs.add(conn, shop.project, conversation, event=ids.make(), seq=seq, turn=turn, now=now)
        for one in tape.steps[-1]:
            step = NewStep(
                node="",
                kind=one.kind,  # type: ignore[arg-type]
                outcome=one.outcome,
                sent=one.sent,
                received=one.received,
                answer_tokens=one.tokens,
            )
            await steps.add(conn, shop.project, turn, step, attempt=1, now=now)
    return turn


def parsed(drawn: Any) -> Workflow:
    return graph.parse(msgspec.json.encode(drawn))


async def ask(shop: Shop, drawn: Any = DRAWN, **more: Any) -> Answer:
    return await shop.manager.post(shop.path(ROUTE), {"workflow": drawn, **more})


async def replayed(shop: Shop, drawn: Any = DRAWN, **more: Any) -> Any:
    answer = await ask(shop, drawn, **more)
    assert answer.status == 200, answer.body
    return answer.json


async def test_the_workflow_that_was_recorded_changes_nothing(shop: Shop) -> None:
    talk, turns = await record(shop, ("Hello", NO, says("Hi.")), ("My money back", YES))
    found = await replayed(shop)
    (conversation,) = found.pop("conversations")
    assert found == {"compared": 1, "changed": 0, "unknown": 0}
    assert conversation["conversation_id"] == text(talk)
    assert conversation["visitor_name"].startswith("Visitor #")
    assert (conversation["changed"], conversation["unknown"]) == (False, False)
    assert [one["turn_id"] for one in conversation["turns"]] == [text(turn) for turn in turns]
    assert [one["texts"] for one in conversation["turns"]] == [["Hello"], ["My money back"]]
    last = conversation["turns"][1]
    assert (
        last["recorded"]
        == last["draft"]
        == {
            "path": ["start", "refund", "solve", "bye"],
            "tools": [{"tool": "change_status", "arguments": {"status": "solved"}}],
            "handoff": None,
            "text": "Good bye.",
            "end": "end",
            "error": "",
        }
    )


async def test_what_a_draft_changes_is_shown_beside_what_was(shop: Shop) -> None:
    await record(shop, ("Hello", NO, says("Hi.")))
    talk, _ = await record(shop, ("My money back", YES), ("Thanks", NO, says("You are welcome.")))
    found = await replayed(shop, HANDS_OVER)
    assert (found["compared"], found["changed"], found["unknown"]) == (2, 1, 0)
    assert found["conversations"][0]["conversation_id"] == text(talk), "the latest first"
    first, second = found["conversations"][0]["turns"]
    assert (first["changed"], first["draft"]["end"], first["draft"]["handoff"]) == (True, "handoff", "Money.")
    assert first["draft"]["tools"] == [] and first["draft"]["text"] == "One moment."
    assert (second["changed"], second["draft"]["end"], second["draft"]["path"]) == (True, "person", [])


async def test_a_new_question_is_unknown(shop: Shop) -> None:
    await record(shop, ("Hello", NO, says("Hi.")), ("My money back", YES))
    drawn = workflow(*NODES[:4], node("llm", "answer", prompt="Answer in rhymes."))
    found = await replayed(shop, drawn)
    assert (found["compared"], found["changed"], found["unknown"]) == (1, 0, 1)
    (conversation,) = found["conversations"]
    assert (conversation["changed"], conversation["unknown"]) == (False, True)
    first, second = conversation["turns"]
    assert (first["unknown"], first["changed"], first["draft"]["end"]) == (True, False, "unknown")
    assert (second["unknown"], second["changed"]) == (False, False)


async def test_so_many_conversations_are_compared_as_are_asked_for(shop: Shop) -> None:
    talks = [text((await record(shop, (f"Hello {n}", NO, says("Hi."))))[0]) for n in range(3)]
    found = await replayed(shop, conversations=2)
    assert [one["conversation_id"] for one in found["conversations"]] == talks[:0:-1]
    assert (await replayed(shop))["compared"] == 3
    for wrong in (0, 101, "2", None):
        assert [name for name, _ in errors(await ask(shop, conversations=wrong))] == ["conversations"]


async def test_long_texts_are_cut(shop: Shop) -> None:
    await record(shop, ("x" * 4_000, NO, says("y" * 4_000)))
    (turn,) = (await replayed(shop))["conversations"][0]["turns"]
    assert turn["changed"] is False
    assert [len(one) for one in (*turn["texts"], turn["draft"]["text"])] == [replay.MAX_TEXT] * 2


async def test_a_comparison_that_takes_long_ends_with_the_newest(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await record(shop, ("Hello", NO, says("Hi.")))
    monkeypatch.setattr(replay, "MAX_SECONDS", -1.0)
    assert (await replayed(shop))["compared"] == 0


async def test_an_incomplete_workflow_is_compared_and_one_above_the_limits_is_not(shop: Shop) -> None:
    await record(shop, ("Hello", NO, says("Hi.")))
    for drawn in (workflow(), workflow(node("start", "start")), workflow(node("start", "start", next="x"))):
        (turn,) = (await replayed(shop, drawn))["conversations"][0]["turns"]
        assert (turn["draft"]["end"], turn["draft"]["error"]) == ("fail", "not_wired")
    many = workflow(*(node("end", f"n{n}") for n in range(201)))
    assert errors(await ask(shop, many)) == [("workflow", "too_many_nodes")]
    long = workflow(node("start", "start", next="m"), node("llm", "m", prompt="x" * 8_001))
    assert errors(await ask(shop, long)) == [("m", "too_long")]
    assert (await ask(shop, workflow(node("end", "x", text="y" * 600_000)))).status == 413


async def test_nothing_is_stored(shop: Shop, api: ApiFixture) -> None:
    other = await filled_project(api, "Other")
    boss = await api.sign_in(await api.person("Lan", manager=other.project))
    before = await fingerprint(api, other)
    assert (await boss.post(of(other.project, ROUTE), {"workflow": DRAWN})).status == 200
    assert await fingerprint(api, other) == before


async def test_a_replay_is_for_managers_and_shows_their_project_alone(shop: Shop, api: ApiFixture) -> None:
    await record(shop, ("Hello", NO, says("Hi.")))
    other = await api.project("Other")
    boss = await api.sign_in(await api.person("Lan", manager=other))
    body = {"workflow": DRAWN}
    assert (await shop.agent.post(shop.path(ROUTE), body)).status == 403
    assert (await shop.stranger.post(shop.path(ROUTE), body)).status == 404
    assert (await boss.post(shop.path(ROUTE), body)).status == 404
    answer = await boss.post(of(other, ROUTE), body)
    assert (answer.status, answer.json["compared"], answer.json["conversations"]) == (200, 0, [])


async def test_a_key_needs_to_read_conversations(shop: Shop, api: ApiFixture) -> None:
    await record(shop, ("Hello", NO, says("Hi.")))
    for scopes, status in ((["conversations:read"], 200), (["project:write"], 403)):
        program = api.anonymous()
        program.token = await api_key(api, shop.project, scopes)
        answer = await program.post(shop.path(ROUTE), {"workflow": DRAWN})
        assert answer.status == status, scopes
