"""Articles: written by managers, read by agents, paged, limited; what is too long or not valid is refused."""

import json
from typing import Any
from uuid import uuid4

import pytest
import trio

from core import ids
from core.db.identity import account_deletion
from core.db.knowledge import articles as table
from core.db.knowledge import publishing
from core.knowledge.limits import MAX_CONTENT
from tests.integration.api.api_fixture import Answer, ApiFixture, of
from tests.integration.api.article_steps import (
    ROUTE,
    TEXT,
    act,
    change,
    changed,
    made,
    prepared,
    published,
    read,
)
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]


async def test_a_manager_writes_and_every_agent_reads(shop: Shop) -> None:
    article = await made(shop, category=" Shipping  costs ", url="https://shop.example/delivery")
    assert (article["category"], article["state"], article["version"]) == ("Shipping costs", "draft", 1)
    assert (article["published_version"], article["preparation"], article["source"]) == (
        None,
        None,
        "written",
    )
    assert article["changed_by"]["full_name"] == "Mai"
    assert await read(shop.agent, shop) == {"items": [article], "next_cursor": None}
    assert await read(shop.agent, shop, f"/{article['id']}") == article | {
        "content": TEXT["content"],
        "summary": "",
    }
    ((result, _, changes),) = await shop.audit_entries("article.created")
    assert (result, changes["title"], changes["version"]) == ("ok", "Delivery", 1)
    assert "content" not in changes, "the versions keep it"


async def test_agents_and_strangers_cannot_write(shop: Shop) -> None:
    article = await made(shop)
    assert (await shop.agent.post(shop.path(ROUTE), TEXT)).status == 403
    assert (await change(shop, article, caller=shop.agent, title="x")).status == 403
    assert (await shop.stranger.get(shop.path(ROUTE))).status == 404
    assert (await shop.agent.call("DELETE", shop.path(f"{ROUTE}/{article['id']}"))).status == 403


async def test_a_change_makes_a_version_and_keeps_what_is_omitted(shop: Shop) -> None:
    article = await made(shop, category="Shipping")
    after = await changed(shop, article, title="Delivery times")
    assert (after["version"], after["title"], after["category"]) == (2, "Delivery times", "Shipping")
    assert (await read(shop.agent, shop, f"/{article['id']}"))["content"] == TEXT["content"]
    ((_, _, changes),) = await shop.audit_entries("article.changed")
    assert changes == {"title": {"from": "Delivery", "to": "Delivery times"}, "version": 2}


async def test_a_change_of_nothing_makes_no_version_and_is_not_logged(shop: Shop) -> None:
    article = await made(shop, content="One\ntwo")
    assert await changed(shop, article, title=" Delivery ", content="One\r\ntwo", language="EN") == article
    assert await shop.audit_entries("article.changed") == []
    assert len(await shop.rows("SELECT number FROM article_versions")) == 1


async def test_of_two_changes_of_one_version_the_second_is_stale(shop: Shop) -> None:
    article = await made(shop)
    answers: list[Answer] = []

    async def edit(text: str) -> None:
        answers.append(await change(shop, article, content=text))

    async with trio.open_nursery() as nursery:
        for number in range(6):
            nursery.start_soon(edit, f"Within {number} days.")
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    assert {answer.json["code"] for answer in answers if answer.status == 409} == {"stale"}
    assert len(await shop.rows("SELECT number FROM article_versions")) == 2


async def test_the_largest_article_is_kept_whole_however_json_writes_it(shop: Shop) -> None:
    largest = "\U0001f600" * MAX_CONTENT
    article = await made(shop)
    body = json.dumps({"version": 1, "content": largest}).encode()
    assert len(body) > 12 * MAX_CONTENT
    path = shop.path(f"{ROUTE}/{article['id']}")
    answer = await shop.manager.call("PATCH", path, None, {"Content-Type": "application/json"}, data=body)
    assert answer.status == 200, answer.body
    assert (await read(shop.agent, shop, f"/{article['id']}"))["content"] == largest
    longer = await change(shop, answer.json, content=largest + "x")
    assert (longer.status, longer.json["errors"][0]["field"]) == (422, "content")
    huge = await change(shop, answer.json, content="\U0001f600" * 2 * MAX_CONTENT)
    assert huge.status in {413, 422}


async def test_pages_have_no_gap_though_many_articles_have_one_time(shop: Shop) -> None:
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO articles (project_id, id, title, language, created_at, changed_at) "
            "SELECT $1, gen_random_uuid(), 'a' || n, 'en', $2, $2 FROM generate_series(1, 100) AS n",
            shop.project,
            ids.now(),
        )
    found: list[str] = []
    page = await read(shop.agent, shop, "?limit=7")
    while True:
        found += [one["title"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        page = await read(shop.agent, shop, f"?limit=7&cursor={page['next_cursor']}")
    assert sorted(found) == sorted(f"a{number}" for number in range(1, 101))


async def test_a_list_is_filtered_by_state_category_language_and_text(shop: Shop) -> None:
    draft = await made(shop, title="Returns", category="Orders")
    shown = await published(shop, await made(shop, title="Lieferung", language="de", category="Orders"))
    newer = await published(shop, await made(shop, title="Giao hàng", language="vi"))
    newer = await changed(shop, newer, url="https://shop.example/giao-hang")

    async def titles(query: str) -> set[str]:
        return {one["title"] for one in (await read(shop.agent, shop, f"?{query}"))["items"]}

    assert await titles("state=draft") == {draft["title"]}
    assert await titles("state=published") == {shown["title"]}
    assert await titles("state=changed") == {newer["title"]}
    assert await titles("category=Orders") == {"Returns", "Lieferung"}
    assert await titles("category=") == {"Giao hàng"}
    assert await titles("language=DE") == {"Lieferung"}
    assert await titles("text=giao%20H%C3%80NG") == {"Giao hàng"}
    assert await titles("text=Giao%20Hang") == {"Giao hàng"}, "without accents"
    assert await titles("text=Giao-Hang") == {"Giao hàng"}, "a part of the address"
    assert await titles("text=%25") == set(), "no pattern"
    assert await titles("state=draft&category=Orders&language=de") == set()

    answer = await shop.agent.get(shop.path("/article-counts"))
    assert answer.json == {
        "draft": 1,
        "published": 1,
        "changed": 1,
        "limit": table.MAX_PER_PROJECT,
        "categories": [{"name": "Orders", "articles": 2}],
        "languages": [{"name": one, "articles": 1} for one in ("de", "en", "vi")],
    }


async def test_a_project_has_at_most_ten_thousand(shop: Shop) -> None:
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO articles (project_id, id, title, language, created_at, changed_at) "
            "SELECT $1, gen_random_uuid(), 'a', 'en', now(), now() FROM generate_series(1, $2)",
            shop.project,
            table.MAX_PER_PROJECT,
        )
    answer = await shop.manager.post(shop.path(ROUTE), TEXT)
    assert (answer.status, answer.json["code"]) == (409, "too_many")


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": " \u200b"},
        {"title": "a\nb"},
        {"title": "t" * 201},
        {"language": "e"},
        {"language": "english"},
        {"language": "en_US"},
        {"language": "en\n"},
        {"category": "c" * 51},
        {"url": "shop.example/delivery"},
        {"url": "javascript:alert(1)"},
        {"url": "https://" + "x" * 2_000},
        {"content": ""},
        {"content": " \n"},
        {"content": "x\0"},
        {"version": 1},
        {"state": "published"},
    ],
    ids=repr,
)
async def test_an_invalid_article_is_refused(shop: Shop, wrong: Any) -> None:
    answer = await shop.manager.post(shop.path(ROUTE), TEXT | wrong)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert answer.json["errors"][0]["field"] == next(iter(wrong))
    assert await shop.rows("SELECT id FROM articles") == []


async def test_a_deleted_draft_leaves_nothing(shop: Shop) -> None:
    article = await made(shop)
    path = shop.path(f"{ROUTE}/{article['id']}")
    assert (await shop.manager.call("DELETE", path, headers={"If-Match": '"7"'})).status == 412
    assert (await shop.manager.call("DELETE", path)).status == 204
    assert (await shop.manager.call("DELETE", path)).status == 404
    assert (await change(shop, article, title="x")).status == 404
    assert await shop.rows("SELECT id FROM articles") == []
    assert await shop.rows("SELECT number FROM article_versions") == []
    ((_, _, changes),) = [one for one in await shop.audit_entries("article.deleted") if one[0] == "ok"]
    assert changes == {"title": "Delivery"}


async def test_of_a_deleted_article_the_published_version_alone_stays_for_answers_that_cite_it(
    shop: Shop,
) -> None:
    article = await published(shop, await changed(shop, await made(shop), content="Two"))
    await prepared(shop, article)
    await changed(shop, article, content="Three")
    assert (await shop.manager.call("DELETE", shop.path(f"{ROUTE}/{article['id']}"))).status == 204
    assert (await read(shop.agent, shop))["items"] == []
    for path in ("", "/versions", "/versions/2", "/diff"):
        assert (await shop.agent.get(shop.path(f"{ROUTE}/{article['id']}{path}"))).status == 404
    for what in ("publish", "versions/2/restore"):
        assert (await act(shop, article, what, {"version": 3})).status == 404
    kept = await shop.rows("SELECT number, content FROM article_versions")
    assert [tuple(row) for row in kept] == [(2, "Two")]
    for gone in ("article_chunks", "article_preparations"):
        assert await shop.rows(f"SELECT article_id FROM {gone}") == []  # noqa: S608


async def test_what_stays_of_a_deleted_article_goes_later_and_other_articles_stay(shop: Shop) -> None:
    article = await published(shop, await made(shop))
    other = await published(shop, await made(shop, title="Other"))
    await shop.manager.call("DELETE", shop.path(f"{ROUTE}/{article['id']}"))
    for before, left in ((ids.now() - 1_000_000, 2), (ids.now() + 1_000, 1)):
        async with shop.api.context.database.transaction() as conn:
            await publishing.remove_old(conn, before=before)
        assert len(await shop.rows("SELECT id FROM articles")) == left
    assert (await read(shop.agent, shop))["items"] == [other]


async def test_projects_do_not_share_articles(shop: Shop, api: ApiFixture) -> None:
    other = await api.project("Other")
    boss = await api.sign_in(await api.person("Lan", manager=other))
    foreign = (await boss.post(of(other, ROUTE), TEXT)).json["id"]
    one = shop.path(f"{ROUTE}/{foreign}")
    for method, path, body in (
        ("GET", one, None),
        ("PATCH", one, {"version": 1, "title": "x"}),
        ("DELETE", one, None),
        ("POST", one + "/publish", {"version": 1}),
        ("POST", one + "/unpublish", None),
        ("GET", one + "/versions", None),
        ("GET", one + "/versions/1", None),
        ("GET", one + "/diff", None),
        ("POST", one + "/versions/1/restore", {"version": 1}),
    ):
        assert (await shop.manager.call(method, path, body)).status == 404, (method, path)
    assert (await boss.get(of(other, f"{ROUTE}/{foreign}"))).json["version"] == 1


async def test_an_account_that_is_gone_leaves_its_articles(shop: Shop) -> None:
    article = await made(shop)
    async with shop.api.context.database.transaction() as conn:
        await account_deletion.erase(conn, shop.boss.id)
    (left,) = (await read(shop.agent, shop))["items"]
    assert left["changed_by"] is None
    (version,) = (await read(shop.agent, shop, f"/{article['id']}/versions"))["items"]
    assert version["made_by"] is None


async def test_unknown_ids_are_not_found(shop: Shop) -> None:
    answer = await shop.manager.call("PATCH", shop.path(f"{ROUTE}/{uuid4()}"), {"version": 1, "title": "x"})
    assert answer.status == 404
    assert ids.text(shop.project) not in answer.body.decode()
