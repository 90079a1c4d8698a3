"""Copilot sessions, drafts of posts and preferences: whose they are, their versions, and their pages."""

from typing import Any
from uuid import UUID

import pytest

from core import ids
from core.db.copilot import drafts
from core.signals import ResourceChanged
from tests.integration.api.api_fixture import Answer, Caller, text
from tests.integration.api.mailbox import published_during
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
SESSIONS = "/copilot/sessions"
DRAFTS = "/copilot/drafts"
MINE = "/copilot/preferences"
POST = {"segments": ["Hello"], "hashtags": ["#hello"], "visual": "A door"}


async def begin(caller: Caller, shop: Shop, **given: Any) -> Any:
    answer = await caller.post(shop.path(SESSIONS), given)
    assert answer.status == 201, answer.body
    return answer.json


async def asked(shop: Shop, session: str, count: int, *, at: int) -> None:
    """So many answered questions, all with one timestamp."""
    async with shop.api.context.database.transaction() as conn:
        for number in range(1, count + 1):
            await conn.execute(
                "INSERT INTO copilot_messages (project_id, session_id, number, id, role, text, at) "
                "VALUES ($1, $2, $3, $4, 'agent', $5, $6)",
                shop.project,
                UUID(session).bytes,
                number,
                ids.make(),
                f"question {number}",
                at,
            )
        await conn.execute(
            "UPDATE copilot_sessions SET last_number = $3 WHERE project_id = $1 AND id = $2",
            shop.project,
            UUID(session).bytes,
            count,
        )


async def draft(shop: Shop, **posts: Any) -> str:
    made = ids.make()
    async with shop.api.context.database.transaction() as conn:
        await drafts.add(
            conn,
            shop.project,
            made,
            session=None,
            title="Hello",
            social={"posts": posts or {"x": POST, "linkedin": POST}, "warnings": []},
            turn=None,
            by=shop.ben.id,
            now=ids.now(),
        )
    return text(made)


async def change(shop: Shop, of: str, version: int, by: Caller | None = None, **given: Any) -> Answer:
    caller = by or shop.agent
    return await caller.call("PATCH", shop.path(f"{DRAFTS}/{of}"), {"version": version, **given})


async def test_a_session_is_its_own_agents_alone(shop: Shop) -> None:
    _, conversation = await shop.api.writes(shop.project, "hello")
    made = await begin(shop.agent, shop, conversation=text(conversation), title=" Refund ")
    assert (made["title"], made["conversation"], made["running"]) == ("Refund", text(conversation), None)
    one = shop.path(f"{SESSIONS}/{made['id']}")
    assert (await shop.agent.get(one)).json == made
    listed = (await shop.agent.get(shop.path(f"{SESSIONS}?conversation={text(conversation)}"))).json
    assert listed == {"items": [made], "next_cursor": None}
    for caller in (shop.manager, shop.stranger):
        for method, path, body in (
            ("GET", one, None),
            ("PATCH", one, {"title": "x"}),
            ("DELETE", one, None),
            ("GET", one + "/messages", None),
        ):
            assert (await caller.call(method, path, body)).status == 404, (method, path)
    assert (await shop.manager.get(shop.path(SESSIONS))).json["items"] == []
    renamed = await shop.agent.call("PATCH", one, {"title": "Money"})
    assert renamed.json["title"] == "Money"
    assert (await shop.agent.call("DELETE", one)).status == 204
    assert (await shop.agent.get(one)).status == 404


async def test_a_session_is_based_on_one_thing_of_its_project(shop: Shop) -> None:
    other = await shop.api.project("Other")
    _, foreign = await shop.api.writes(other, "hello")
    for given in (
        {"conversation": text(foreign)},
        {"conversation": text(ids.make())},
        {"article": text(ids.make())},
        {"article": text(ids.make()), "conversation": text(ids.make())},
        {"unknown": 1},
    ):
        answer = await shop.agent.post(shop.path(SESSIONS), given)
        assert answer.status == 422, given


async def test_a_hundred_messages_with_one_timestamp_page_without_a_gap(shop: Shop) -> None:
    made = await begin(shop.agent, shop)
    await asked(shop, made["id"], 100, at=ids.now())
    found: list[int] = []
    cursor = ""
    while True:
        page = (await shop.agent.get(shop.path(f"{SESSIONS}/{made['id']}/messages?limit=7{cursor}"))).json
        numbers = [one["number"] for one in page["items"]]
        assert numbers == sorted(numbers)
        found = numbers + found
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == list(range(1, 101))
    for wrong in ("x", "-1", "1.5", "9999999999"):
        path = shop.path(f"{SESSIONS}/{made['id']}/messages?cursor={wrong}")
        assert (await shop.agent.get(path)).status == 422, wrong


async def test_an_accepted_answer_counts_once(shop: Shop) -> None:
    made = await begin(shop.agent, shop)
    session, turn, message = UUID(made["id"]).bytes, ids.make(), ids.make()
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO copilot_turns (project_id, id, session_id, number, lease_until, created_at) "
            "VALUES ($1, $2, $3, 1, now(), now())",
            shop.project,
            turn,
            session,
        )
        await conn.execute(
            "INSERT INTO copilot_messages "
            "(project_id, session_id, number, id, turn_id, role, intent, text, at) "
            "VALUES ($1, $2, 2, $3, $4, 'copilot', 'draft_reply', 'Hello there', now())",
            shop.project,
            session,
            message,
            turn,
        )
    path = shop.path(f"{SESSIONS}/{made['id']}/messages/{text(message)}/acceptance")
    for caller, edited, status in (
        (shop.manager, 1, 404),
        (shop.agent, -1, 422),
        (shop.agent, 4, 204),
        (shop.agent, 0, 204),
    ):
        assert (await caller.post(path, {"edited": edited})).status == status
    figures = (await shop.manager.get(shop.path("/copilot/figures"))).json["items"]
    assert figures == [
        {
            "intent": "draft_reply",
            "suggested": 0,
            "accepted": 1,
            "unedited": 0,
            "edited": 4,
            "letters": 11,
        }
    ]
    assert (await shop.agent.get(shop.path("/copilot/figures"))).status == 403


async def test_an_edit_of_a_draft_keeps_what_it_does_not_name(shop: Shop) -> None:
    made = await draft(shop)
    answer = await change(shop, made, 1, posts={"x": {"segments": ["Hi"]}})
    assert (answer.status, answer.json["version"]) == (200, 2)
    assert answer.json["social"]["posts"] == {"x": POST | {"segments": ["Hi"]}, "linkedin": POST}
    removed = await change(shop, made, 2, posts={"linkedin": None})
    assert removed.json["social"]["posts"] == {"x": POST | {"segments": ["Hi"]}}
    assert (await change(shop, made, 3, posts={"x": None})).status == 422
    same = await change(shop, made, 3, posts={"x": {"segments": ["Hi"]}}, title="Greeting")
    assert (same.json["version"], same.json["title"]) == (3, "Greeting")
    versions = (await shop.agent.get(shop.path(f"{DRAFTS}/{made}/versions?limit=2"))).json
    assert [one["number"] for one in versions["items"]] == [3, 2]
    rest = await shop.agent.get(shop.path(f"{DRAFTS}/{made}/versions?cursor={versions['next_cursor']}"))
    assert [one["number"] for one in rest.json["items"]] == [1]
    assert rest.json["items"][0]["social"]["posts"] == {"x": POST, "linkedin": POST}


async def test_a_change_of_an_older_version_is_refused(shop: Shop) -> None:
    made = await draft(shop)
    assert (await change(shop, made, 1, posts={"x": {"visual": "A window"}})).status == 200
    for version in (1, 3):
        for answer in (
            await change(shop, made, version, posts={"x": {"visual": "A roof"}}),
            await shop.manager.post(shop.path(f"{DRAFTS}/{made}/approve"), {"version": version}),
            await shop.agent.post(shop.path(f"{DRAFTS}/{made}/publish"), {"version": version}),
        ):
            assert (answer.status, answer.json["code"]) == (409, "stale")
    kept = (await shop.agent.get(shop.path(f"{DRAFTS}/{made}"))).json
    assert kept["social"]["posts"]["x"]["visual"] == "A window"


async def test_what_a_network_would_refuse_is_a_warning(shop: Shop) -> None:
    made = await draft(shop)
    given = {
        "x": {"segments": ["a" * 281, "b" * 280], "hashtags": []},
        "linkedin": {"hashtags": ["no tag"]},
    }
    answer = await change(shop, made, 1, posts=given)
    assert answer.json["social"]["warnings"] == [
        {"platform": "x", "code": "too_long", "segment": 0},
        {"platform": "linkedin", "code": "bad_hashtag", "segment": -1},
    ]


async def test_posts_that_no_row_can_hold_are_refused(shop: Shop) -> None:
    made = await draft(shop)
    for version, network in enumerate(("x", "facebook"), 1):
        given = {network: {"segments": ["x" * 5_000] * 12, "hashtags": []}}
        assert (await change(shop, made, version, posts=given)).status == 200
    given = {"instagram": {"segments": ["x" * 5_000] * 12, "hashtags": []}}
    answer = await change(shop, made, 3, posts=given)
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "too_long")


async def test_a_draft_is_approved_by_a_manager_and_published_by_hand(shop: Shop) -> None:
    made = await draft(shop)
    approve, publish = (shop.path(f"{DRAFTS}/{made}/{step}") for step in ("approve", "publish"))
    assert (await shop.agent.post(approve, {"version": 1})).status == 403
    early = await shop.agent.post(publish, {"version": 1})
    assert (early.status, early.json["code"]) == (409, "conflict")
    approved = await shop.manager.post(approve, {"version": 1})
    assert (approved.json["state"], approved.json["approved_by"]["full_name"]) == ("approved", "Mai")
    assert (await shop.manager.post(approve, {"version": 1})).status == 409
    published = await shop.agent.post(publish, {"version": 1})
    assert (published.json["state"], published.json["published_by"]["full_name"]) == ("published", "Ben")
    listed = (await shop.agent.get(shop.path(f"{DRAFTS}?state=published"))).json["items"]
    assert [one["id"] for one in listed] == [made]
    changed = await change(shop, made, 1, posts={"x": {"segments": ["Hi"]}})
    assert (changed.json["state"], changed.json["approved_by"]) == ("draft", None)
    assert (await shop.agent.call("DELETE", shop.path(f"{DRAFTS}/{made}"))).status == 403
    assert (await shop.manager.call("DELETE", shop.path(f"{DRAFTS}/{made}"))).status == 204
    actions = ("approved", "published", "changed", "deleted")
    for action in actions:
        assert any(row[0] == "ok" for row in await shop.audit_entries(f"social_draft.{action}")), action


async def test_preferences_are_of_each_member_and_of_the_project(shop: Shop) -> None:
    empty = {"tone": "", "length": "", "language": "", "style": "", "version": 0}
    assert (await shop.agent.get(shop.path(MINE))).json == empty
    given = {"tone": "friendly", "length": "short", "language": "vi", "style": "No jokes."}
    saved = await shop.agent.put(shop.path(MINE), {"version": 0, **given})
    assert saved.json == {**given, "version": 1}
    assert (await shop.manager.get(shop.path(MINE))).json == empty
    assert (await shop.agent.get(shop.path(MINE + "/project"))).json == empty
    assert (await shop.agent.put(shop.path(MINE + "/project"), {"version": 0})).status == 403
    common = await shop.manager.put(shop.path(MINE + "/project"), {"version": 0, "tone": "formal"})
    assert (common.status, common.json["tone"]) == (200, "formal")
    stale = await shop.agent.put(shop.path(MINE), {"version": 0, **given})
    assert (stale.status, stale.json["code"]) == (409, "stale")


@pytest.mark.parametrize(
    "given",
    [
        {"style": "x" * 501},
        {"style": "a\x00b"},
        {"tone": "angry"},
        {"length": "endless"},
        {"language": "not a language"},
        {"mood": "good"},
        {"version": -1},
    ],
)
async def test_preferences_that_are_none_are_refused(shop: Shop, given: dict[str, Any]) -> None:
    for path in (MINE, MINE + "/project"):
        answer = await shop.manager.put(shop.path(path), {"version": 0, **given})
        assert answer.status == 422, given
    longest = await shop.manager.put(shop.path(MINE), {"version": 0, "style": "ế" * 500})
    assert longest.status == 200


async def test_open_pages_hear_of_changes(shop: Shop) -> None:
    made = await draft(shop)
    (changed,) = await published_during(
        shop.api, shop.project, lambda: change(shop, made, 1, posts={"x": {"segments": ["Hi"]}})
    )
    assert changed == ResourceChanged(shop.project, "copilot", UUID(made).bytes, 2)
    (begun,) = await published_during(shop.api, shop.project, lambda: begin(shop.agent, shop))
    assert begun == ResourceChanged(shop.project, "copilot", shop.ben.id)
