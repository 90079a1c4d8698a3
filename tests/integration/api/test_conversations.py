"""The inbox: filters, pages, and what is shown with and without the presence kept in Redis."""

import pytest

from core import ids
from core.bus import presence, visits
from core.bus.presence import Arrival
from core.bus.visits import OpenedPage
from core.ids import NodeId, SocketId
from tests.integration.api.api_fixture import ApiFixture, Caller, of, text


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


@pytest.mark.parametrize(
    "query",
    [
        "status=closed",
        "assignee=unknown",
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
