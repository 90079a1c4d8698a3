"""Versions of articles: published, restored, compared, limited; what a worker is given to prepare."""

from typing import Any

import pytest

from core.db.knowledge import publishing, versions
from core.db.knowledge.versions import MAX_VERSIONS, Text
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


async def queue(shop: Shop) -> list[tuple[Any, ...]]:
    rows = await shop.rows(
        "SELECT version, state, stage, error, tries, prepared_at FROM article_preparations"
    )
    return [tuple(row) for row in rows]


async def test_publishing_queues_the_preparation_of_that_version(shop: Shop) -> None:
    article = await published(shop, await made(shop))
    assert (article["state"], article["version"], article["published_version"]) == ("published", 1, 1)
    assert article["preparation"] == {"state": "queued", "stage": "", "error": "", "prepared_at": None}
    assert article["published_at"] > 0
    assert await queue(shop) == [(1, "queued", "", "", 0, None)]
    ((_, _, changes),) = await shop.audit_entries("article.published")
    assert changes == {"title": "Delivery", "version": 1}


async def test_a_later_version_replaces_the_queued_one_and_begins_anew(shop: Shop) -> None:
    article = await published(shop, await made(shop))
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "UPDATE article_preparations "
            "SET state = 'failed', stage = 'chunks', error = 'too_long', tries = 5, prepared_at = now() "
            "WHERE project_id = $1",
            shop.project,
        )
    article = await changed(shop, article, content="Within two days.")
    assert (article["state"], article["version"], article["published_version"]) == ("changed", 2, 1)
    assert article["preparation"]["error"] == "too_long"
    article = await published(shop, article)
    assert (article["state"], article["published_version"]) == ("published", 2)
    assert await queue(shop) == [(2, "queued", "", "", 0, None)]


async def test_a_version_that_was_changed_meanwhile_is_not_published(shop: Shop) -> None:
    article = await made(shop)
    await changed(shop, article, content="Another text.")
    answer = await act(shop, article, "publish", {"version": 1})
    assert (answer.status, answer.json["code"]) == (409, "stale")
    assert await queue(shop) == []
    path = shop.path(f"{ROUTE}/{article['id']}/publish")
    answer = await shop.manager.call("POST", path, {}, {"If-Match": '"1-abc"'})
    assert (answer.status, answer.json["code"]) == (412, "precondition_failed")


async def test_an_unpublished_article_has_no_chunks_and_no_preparation(shop: Shop) -> None:
    article = await published(shop, await made(shop))
    await prepared(shop, article)
    answer = await act(shop, article, "unpublish")
    assert (answer.json["state"], answer.json["preparation"]) == ("draft", None)
    assert await queue(shop) == []
    assert await shop.rows("SELECT number FROM article_chunks") == []
    counted = [tuple(row) for row in await shop.rows("SELECT word, chunks FROM article_words")]
    assert counted == [("", 0)], "its words are no longer counted"
    assert (await act(shop, article, "unpublish")).json == answer.json
    assert len(await shop.audit_entries("article.unpublished")) == 1, "the second changed nothing"


async def test_the_summary_is_that_of_the_published_version(shop: Shop) -> None:
    article = await published(shop, await made(shop))
    async with shop.api.context.database.transaction() as conn:
        await conn.execute(
            "UPDATE article_versions SET summary = 'Three days.' WHERE project_id = $1", shop.project
        )
    await changed(shop, article, content="Two.")
    found = await read(shop.agent, shop, f"/{article['id']}")
    assert (found["content"], found["summary"]) == ("Two.", "Three days.")


async def test_versions_are_listed_the_newest_first_and_read_with_their_content(shop: Shop) -> None:
    article = await published(shop, await made(shop))
    for number in range(2, 6):
        article = await changed(shop, article, content=f"Text {number}")
    found: list[Any] = []
    page = await read(shop.agent, shop, f"/{article['id']}/versions?limit=2")
    while True:
        found += page["items"]
        if page["next_cursor"] is None:
            break
        page = await read(shop.agent, shop, f"/{article['id']}/versions?limit=2&cursor={page['next_cursor']}")
    assert [(one["number"], one["published"]) for one in found] == [
        (5, False),
        (4, False),
        (3, False),
        (2, False),
        (1, True),
    ]
    one = await read(shop.agent, shop, f"/{article['id']}/versions/3")
    assert one == found[2] | {"content": "Text 3", "summary": ""}
    assert (one["length"], one["made_by"]["full_name"]) == (6, "Mai")
    for path in ("/versions/9", "/versions/0", "/versions/x"):
        assert (await shop.agent.get(shop.path(f"{ROUTE}/{article['id']}{path}"))).status == 404
    answer = await shop.agent.get(shop.path(f"{ROUTE}/{article['id']}/versions?cursor=x"))
    assert answer.status == 422


async def test_the_latest_two_hundred_versions_are_kept_and_the_published_one(shop: Shop) -> None:
    article = await published(shop, await changed(shop, await made(shop), title="Second"))
    one = bytes.fromhex(article["id"].replace("-", ""))
    async with shop.api.context.database.transaction() as conn:
        for number in range(3, MAX_VERSIONS + 6):
            text = Text(title="Delivery", language="en", content=f"Text {number}")
            assert await versions.save(conn, shop.project, one, text, by=None, now=1_000) == number
    kept = sorted(row[0] for row in await shop.rows("SELECT number FROM article_versions"))
    assert kept == [2, *range(6, MAX_VERSIONS + 6)]
    async with shop.api.context.database.transaction() as conn:
        await publishing.unpublish(conn, shop.project, one)
    found = await read(shop.agent, shop, f"/{article['id']}")
    await changed(shop, found, title="Another")
    kept = sorted(row[0] for row in await shop.rows("SELECT number FROM article_versions"))
    assert kept == list(range(7, MAX_VERSIONS + 7))


async def test_a_restored_version_becomes_the_newest_and_what_is_published_stays(shop: Shop) -> None:
    first = await made(shop, category="Shipping", url="https://shop.example/a")
    article = await published(
        shop, await changed(shop, first, title="Other", category="", url="", content="x")
    )
    answer = await act(shop, article, "versions/1/restore", {"version": 2})
    assert answer.status == 200, answer.body
    restored = answer.json
    assert (restored["version"], restored["published_version"], restored["state"]) == (3, 2, "changed")
    for name in ("title", "category", "url", "language"):
        assert restored[name] == first[name]
    assert (await read(shop.agent, shop, f"/{article['id']}"))["content"] == TEXT["content"]
    ((_, _, changes),) = await shop.audit_entries("article.restored")
    assert (changes["restored"], changes["version"]) == (1, 3)

    again = await act(shop, article, "versions/1/restore", {"version": 3})
    assert again.json["version"] == 3, "it has that text already"
    assert (await act(shop, article, "versions/1/restore", {"version": 2})).json["code"] == "stale"
    assert (await act(shop, article, "versions/9/restore", {"version": 3})).status == 404


async def test_two_versions_are_compared_by_lines_and_fields(shop: Shop) -> None:
    article = await made(shop, content="One\ntwo\nthree")
    article = await changed(shop, article, content="One\n2\nthree\nfour", category="Numbers")
    assert await read(shop.agent, shop, f"/{article['id']}/diff") == {
        "older": 1,
        "newer": 2,
        "fields": [{"field": "category", "older": "", "newer": "Numbers"}],
        "parts": [
            {"op": "same", "older_line": 1, "newer_line": 1, "count": 1, "lines": ["One"]},
            {"op": "removed", "older_line": 2, "newer_line": 2, "count": 1, "lines": ["two"]},
            {"op": "added", "older_line": 3, "newer_line": 2, "count": 1, "lines": ["2"]},
            {"op": "same", "older_line": 3, "newer_line": 3, "count": 1, "lines": ["three"]},
            {"op": "added", "older_line": 4, "newer_line": 4, "count": 1, "lines": ["four"]},
        ],
        "added": 2,
        "removed": 1,
        "coarse": False,
    }


@pytest.mark.parametrize(
    ("query", "compared"),
    [
        ("", (2, 3)),
        ("?newer=2", (1, 2)),
        ("?older=1", (1, 3)),
        ("?older=3&newer=1", (3, 1)),
        ("?newer=1", (1, 1)),
    ],
)
async def test_any_two_versions_can_be_compared(shop: Shop, query: str, compared: tuple[int, int]) -> None:
    article = await changed(shop, await changed(shop, await made(shop), content="Two"), content="Three")
    found = await read(shop.agent, shop, f"/{article['id']}/diff{query}")
    assert (found["older"], found["newer"]) == compared
    assert (await shop.agent.get(shop.path(f"{ROUTE}/{article['id']}/diff?older=9"))).status == 404


async def test_where_visitors_find_articles_is_a_setting_with_a_version(shop: Shop) -> None:
    path = shop.path("/knowledge-settings")
    assert (await shop.agent.get(path)).json == {"in_widget": True, "help_page": False, "version": 0}
    answer = await shop.manager.call("PATCH", path, {"version": 0, "help_page": True})
    assert answer.json == {"in_widget": True, "help_page": True, "version": 1}
    late = await shop.manager.call("PATCH", path, {"version": 0, "in_widget": False})
    assert (late.status, late.json["code"]) == (409, "stale")
    assert (await shop.manager.call("PATCH", path, {"version": 1, "help_page": True})).json == answer.json
    assert (await shop.agent.call("PATCH", path, {"version": 1, "in_widget": False})).status == 403
    second = await shop.manager.call("PATCH", path, {"version": 1, "in_widget": False})
    assert (await shop.agent.get(path)).json == second.json
    assert second.json == {"in_widget": False, "help_page": True, "version": 2}
    logged = [one[2] for one in await shop.audit_entries("knowledge_settings.changed") if one[0] == "ok"]
    assert logged == [
        {"help_page": {"from": False, "to": True}},
        {"in_widget": {"from": True, "to": False}},
    ]


async def test_a_change_of_an_unknown_field_is_refused(shop: Shop) -> None:
    article = await made(shop)
    assert (await change(shop, article, published_version=1)).status == 422
