"""The inbox: filters, pages, and what is shown with and without the presence kept in Redis."""

from uuid import uuid4

import pytest

from core import ids
from core.bus import presence, visits
from core.bus.presence import Arrival
from core.bus.visits import OpenedPage
from core.ids import NodeId, SocketId
from tests.integration.api.api_fixture import ApiFixture, Caller, of, text
from tests.integration.api.tenancy import audit_entries


async def bodies(caller: Caller, path: str) -> list[str]:
    """The snippets of every page, in order."""
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await caller.get(path + cursor)).json
        seen += [item["snippet"] for item in page["items"]]
        if page["next_cursor"] is None:
            return seen
        cursor = f"&cursor={page['next_cursor']}"


async def test_pages_have_no_duplicates_and_no_gaps_even_among_equal_times(api: ApiFixture) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    for number in range(25):
        await api.writes(project, f"m{number}", at=1_700_000_000_000 + number // 5)
    everything = await bodies(me, of(project, "/conversations?limit=100"))
    assert len(set(everything)) == 25
    assert [int(each[1:]) // 5 for each in everything] == sorted(
        [number // 5 for number in range(25)], reverse=True
    )
    for limit in (1, 3, 5, 24, 25):
        assert await bodies(me, of(project, f"/conversations?limit={limit}")) == everything


async def test_filters_return_the_conversations_they_name(api: ApiFixture) -> None:
    project = await api.project()
    mai, tom = await api.person("Mai", agent=project), await api.person("Tom", agent=project)
    me = await api.sign_in(mai)
    made = {}
    for name in ("mine", "his", "unassigned", "spam"):
        made[name] = of(project, f"/conversations/{text((await api.writes(project, name))[1])}")
    await me.put(made["mine"] + "/assignee", {"assignee_id": text(mai.id)})
    await me.put(made["his"] + "/assignee", {"assignee_id": text(tom.id)})
    await me.put(made["spam"] + "/status", {"status": "spam"})
    await me.post(made["mine"] + "/read", {"seq": 1})

    async def found(query: str) -> set[str]:
        return set(await bodies(me, of(project, f"/conversations?{query}")))

    assert await found("assignee=me") == {"mine"}
    assert await found("assignee=none") == {"unassigned", "spam"}
    assert await found("assignee=any") == {"mine", "his", "unassigned", "spam"}
    assert await found("status=open") == {"mine", "his", "unassigned"}
    assert await found("status=spam") == {"spam"}
    assert await found("unread=true") == {"his", "unassigned", "spam"}
    assert await found("unread=true&assignee=none&status=open") == {"unassigned"}
    assert await found("assignee=someone") == {"mine", "his"}
    assert await found(f"assignee={text(tom.id)}") == {"his"}
    assert await found(f"assignee={text(tom.id)}&status=solved") == set()
    await me.put(made["his"] + "/status", {"status": "pending"})
    assert await found("status=unsolved") == {"mine", "his", "unassigned"}
    assert await found("status=unsolved&assignee=me") == {"mine"}
    async with api.context.database.transaction() as conn:
        await conn.execute("UPDATE conversations SET has_form = true WHERE project_id = $1", project)
        await conn.execute("UPDATE conversations SET has_note = true WHERE snippet = 'his'")
    assert await found("has_form=true&status=unsolved") == {"mine", "his", "unassigned"}
    assert await found("has_form=true&has_note=true") == {"his"}
    assert await found(f"has_note=true&assignee={text(tom.id)}&unread=true") == {"his"}
    (row,) = (await me.get(of(project, "/conversations?has_note=true"))).json["items"]
    assert (row["has_form"], row["has_note"], row["ended"]) == (True, True, False)


@pytest.mark.parametrize(
    "query",
    [
        "status=closed",
        "assignee=unknown",
        "assignee=00000000-0000-0000-0000-00000000000",
        "has_form=maybe",
        "has_note=2",
        "unread=maybe",
        "limit=0",
        "limit=101",
        "limit=x",
        "cursor=x",
        "cursor=%F0%9F%8C%B1",
        "cursor=" + "A" * 32 + "&cursor=" + "A" * 32,
        "cursor=________________________________",
        "search=x",
        "status=open&status=spam",
    ],
)
async def test_an_invalid_query_is_refused(api: ApiFixture, query: str) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    answer = await me.get(of(project, f"/conversations?{query}"))
    assert (answer.status, answer.json["code"]) == (422, "invalid")


async def test_a_manager_deletes_a_conversation_and_the_log_has_no_text_of_it(api: ApiFixture) -> None:
    project = await api.project()
    boss = await api.sign_in(await api.person("Mai", manager=project))
    agent = await api.sign_in(await api.person("Ben", agent=project))
    visitor, conversation = await api.writes(project, "the secret")
    path = of(project, f"/conversations/{text(conversation)}")
    assert (await agent.call("DELETE", path)).status == 403
    assert [(await boss.call("DELETE", path)).status for _ in range(2)] == [204, 204]
    for caller in (boss, agent):
        assert (await caller.get(path)).status == 404
        assert (await caller.get(path + "/messages")).status == 404
        assert await bodies(caller, of(project, "/conversations")) == []
        for method, rest, body in (
            ("PUT", "/status", {"status": "open"}),
            ("PUT", "/assignee", {"assignee_id": None}),
            ("POST", "/read", {"seq": 1}),
            ("POST", "/typing", {"on": True}),
            ("POST", "/messages", {"ref": str(uuid4()), "body": "Hi"}),
        ):
            assert (await caller.call(method, path + rest, body)).status == 404, rest
    history = await api.anonymous().get(
        f"/api/v1/public/projects/{text(project)}/messages",
        Authorization=f"Visitor {api.key(project, visitor)}",
        Origin="https://shop.example",
    )
    assert history.json == {"conversation": None, "items": [], "has_more": False}
    entries = [row for row in await audit_entries(api, "conversation.deleted", project) if row[0] == "ok"]
    assert entries == [("ok", conversation, {})] * 2
    async with api.context.database.connection() as conn:
        log = await conn.fetch("SELECT a::text FROM audit_log a WHERE project_id = $1", project)
    assert not any("secret" in row[0] for row in log)
    assert (await boss.call("DELETE", of(project, f"/conversations/{uuid4()}"))).status == 404


async def test_a_conversation_whose_visitor_has_a_newer_one_takes_no_assignment_and_no_reply(
    api: ApiFixture,
) -> None:
    project = await api.project()
    boss = await api.sign_in(await api.person("Mai", manager=project))
    await boss.call("PATCH", of(project), {"version": 1, "history_mode": "limit_to_active"})
    visitor, first = await api.writes(project, "first")
    path = of(project, f"/conversations/{text(first)}")
    await boss.put(path + "/status", {"status": "solved"})
    answer = await boss.post(path + "/messages", {"ref": str(uuid4()), "body": "Hi"})
    assert (answer.status, answer.json["code"]) == (409, "closed")
    await api.writes(project, "second", visitor=visitor)
    assert (await boss.get(path)).json["ended"] is True
    for method, rest, body in (
        ("PUT", "/status", {"status": "open"}),
        ("PUT", "/assignee", {"assignee_id": None}),
        ("POST", "/messages", {"ref": str(uuid4()), "body": "Hi", "kind": "note"}),
    ):
        answer = await boss.call(method, path + rest, body)
        assert (answer.status, answer.json["code"]) == (409, "closed"), rest


async def test_where_the_project_says_so_a_reply_reopens_a_solved_conversation(api: ApiFixture) -> None:
    project = await api.project()
    boss = await api.sign_in(await api.person("Mai", manager=project))
    _, conversation = await api.writes(project, "Hi")
    path = of(project, f"/conversations/{text(conversation)}")

    async def status_after_reply() -> str:
        await boss.put(path + "/status", {"status": "solved"})
        answer = await boss.post(path + "/messages", {"ref": str(uuid4()), "body": "One more thing"})
        assert answer.status == 201
        return str((await boss.get(path)).json["status"])

    assert await status_after_reply() == "solved"
    settings = (await boss.call("PATCH", of(project), {"version": 1, "reopen_on_reply": True})).json
    assert (settings["reopen_on_reply"], settings["version"]) == (True, 2)
    assert await status_after_reply() == "open"
    ((_, _, logged),) = await audit_entries(api, "project.changed", project)
    assert logged == {"reopen_on_reply": {"from": False, "to": True}}


async def test_the_inbox_shows_which_visitors_are_online_and_on_which_page(api: ApiFixture) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    visitor, conversation = await api.writes(project, "Hi")
    redis, node, socket = api.context.redis, NodeId(ids.make()), SocketId(ids.make())
    page = OpenedPage(url="https://shop.example/cart", title="Cart", language="vi", browser="Firefox")
    await presence.connect(redis, node, [Arrival(project, visitor, socket, 1_700_000_000_000, page)], limit=5)
    (row,) = (await me.get(of(project, "/conversations"))).json["items"]
    assert row["visitor"]["online"] is True
    assert (row["visitor"]["url"], row["visitor"]["title"]) == ("https://shop.example/cart", "Cart")
    panel = (await me.get(of(project, f"/visitors/{text(visitor)}"))).json
    assert (panel["online"], panel["browser"], panel["first_url"]) == (
        True,
        "Firefox",
        "https://shop.example/cart",
    )
    assert [step["url"] for step in panel["trail"]] == ["https://shop.example/cart"]
    assert (await visits.here(redis, project, [visitor]))[0].online
    assert text(conversation) == row["id"]


async def test_a_visitor_who_wrote_can_be_looked_up_without_a_visit(api: ApiFixture) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    visitor, _ = await api.writes(project, "Hi")
    panel = (await me.get(of(project, f"/visitors/{text(visitor)}"))).json
    assert (panel["online"], panel["url"], panel["first_seen_at"]) == (False, "", None)
    assert panel["created_at"] is not None
