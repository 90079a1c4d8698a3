"""Articles for the widget: search, read, rate; only what is published, only where the project shows it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core import ids
from core.db.knowledge import publishing
from core.ids import ProjectId, VisitorId
from server.api.help.snippets import SNIPPET
from tests import published
from tests.integration.api.api_fixture import PAGE, Answer, ApiFixture, text

HOSTILE: list[str] = json.loads(
    (Path(__file__).parents[2] / "unit/server/api/hostile_markdown.json").read_text(encoding="utf-8")
)
RETURNS = "# Returns\n\nYou may return **everything** within [30 days](https://shop.example/r). Gifts too."


@dataclass
class Shelf:
    """A project, its page, and a visitor of it."""

    api: ApiFixture
    project: ProjectId

    async def add(self, title: str, content: str = "Some text.", **more: Any) -> str:
        async with self.api.context.database.transaction() as conn:
            return text(await published.add(conn, self.project, title, content, **more))

    async def choose(self, **where: bool) -> None:
        async with self.api.context.database.transaction() as conn:
            await published.choose(conn, self.project, **where)

    def path(self, rest: str = "") -> str:
        return f"/api/v1/public/projects/{text(self.project)}{rest}"

    async def get(self, rest: str, **headers: str) -> Answer:
        return await self.api.anonymous().get(self.path(rest), **{"Origin": PAGE} | headers)

    async def titles(self, rest: str = "") -> list[str]:
        answer = await self.get(f"/articles{rest}")
        assert answer.status == 200, answer.body
        return [item["title"] for item in answer.json["items"]]

    async def vote(self, article: str, *, helpful: bool, visitor: VisitorId | None = None) -> Answer:
        key = self.api.key(self.project, visitor or VisitorId(ids.make()))
        return await self.api.anonymous().post(
            self.path(f"/articles/{article}/feedback"),
            {"helpful": helpful},
            {"Origin": PAGE, "Authorization": f"Visitor {key}"},
        )

    async def votes(self, article: str) -> tuple[int, int]:
        async with self.api.context.database.connection() as conn:
            row = await conn.fetchrow(
                "SELECT helpful, unhelpful FROM articles WHERE project_id = $1 AND id = $2",
                self.project,
                bytes.fromhex(article.replace("-", "")),
            )
        assert row is not None
        return row[0], row[1]


@pytest.fixture
async def shelf(api: ApiFixture) -> Shelf:
    return Shelf(api, await api.project("Shop"))


async def test_a_question_finds_the_article_and_its_part_once(shelf: Shelf) -> None:
    await shelf.add("Returns and refunds", RETURNS + "\n\n## Refund\n\nThe refund of a return takes 5 days.")
    await shelf.add("Shipping", "Parcels arrive within three days.")
    answer = await shelf.get("/articles?query=how+do+I+return+something&language=en-GB")
    assert answer.status == 200
    first = answer.json["items"][0]
    assert [one["title"] for one in answer.json["items"]].count("Returns and refunds") == 1
    assert first["title"] == "Returns and refunds" and "**" not in first["snippet"]
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert await shelf.titles("?query=xylophone+zeppelin") == []


async def test_without_a_question_what_helped_most_is_shown_by_category(shelf: Shelf) -> None:
    older = await shelf.add("Older", category="Orders", at=published.AT - 10)
    await shelf.add("Newer", category="Orders")
    await shelf.add("No category")
    await shelf.add("Account", category="Account")
    assert await shelf.titles() == ["Account", "Newer", "Older", "No category"]
    assert (await shelf.vote(older, helpful=True)).status == 204
    assert await shelf.titles() == ["Account", "Older", "Newer", "No category"]
    for number in range(12):
        await shelf.add(f"More {number}")
    assert len(await shelf.titles()) == 10


async def test_visitors_get_their_language_and_others_if_there_is_none(shelf: Shelf) -> None:
    await shelf.add("Returns", RETURNS)
    assert await shelf.titles("?language=vi") == ["Returns"]
    assert await shelf.titles("?language=vi&query=returns") == ["Returns"]
    await shelf.add("Đổi trả", "Bạn có thể đổi trả trong 30 ngày.", language="vi")
    assert await shelf.titles("?language=vi-VN") == ["Đổi trả"]
    assert await shelf.titles("?language=vi&query=doi+tra") == ["Đổi trả"]
    assert await shelf.titles("?language=en") == ["Returns"]


async def test_an_article_is_read_as_markdown_with_its_version(shelf: Shelf) -> None:
    one = await shelf.add("Returns", RETURNS, category="Orders", url="https://shop.example/returns")
    answer = await shelf.get(f"/articles/{one}")
    assert answer.json == {
        "id": one,
        "version": 1,
        "title": "Returns",
        "language": "en",
        "category": "Orders",
        "url": "https://shop.example/returns",
        "content": RETURNS,
        "updated_at": published.AT,
    }
    again = await shelf.get(f"/articles/{one}", **{"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


async def test_what_is_not_published_is_not_found(shelf: Shelf) -> None:
    await shelf.add("Stays", "A text about giraffes.")
    one = await shelf.add("Giraffes", "A text about giraffes.")
    async with shelf.api.context.database.transaction() as conn:
        await publishing.unpublish(conn, shelf.project, bytes.fromhex(one.replace("-", "")))
    assert await shelf.titles() == ["Stays"] == await shelf.titles("?query=giraffes")
    assert (await shelf.get(f"/articles/{one}")).status == 404
    assert (await shelf.vote(one, helpful=True)).status == 404


async def test_another_projects_article_is_not_found(shelf: Shelf) -> None:
    other = Shelf(shelf.api, await shelf.api.project("Other"))
    mine, theirs = await shelf.add("Mine", "giraffes"), await other.add("Theirs", "giraffes")
    assert (await shelf.get(f"/articles/{theirs}")).status == 404
    assert (await shelf.vote(theirs, helpful=True)).status == 404
    assert await shelf.titles("?query=giraffes") == ["Mine"]
    assert await other.votes(theirs) == (0, 0)
    foreign = shelf.api.key(other.project, VisitorId(ids.make()))
    refused = await shelf.api.anonymous().post(
        shelf.path(f"/articles/{mine}/feedback"),
        {"helpful": True},
        {"Origin": PAGE, "Authorization": f"Visitor {foreign}"},
    )
    assert refused.status == 401


async def test_a_project_can_keep_its_articles_out_of_the_widget(shelf: Shelf) -> None:
    assert (await shelf.get("/settings")).json["articles"] is False, "there are none yet"
    one = await shelf.add("Returns", RETURNS)
    assert (await shelf.get("/settings")).json["articles"] is True
    await shelf.choose(in_widget=False, help_page=True)
    assert (await shelf.get("/settings")).json["articles"] is False
    assert (await shelf.get("/articles")).status == 404
    assert (await shelf.get(f"/articles/{one}")).status == 404
    assert (await shelf.vote(one, helpful=True)).status == 404


async def test_only_pages_of_the_project_may_ask(shelf: Shelf) -> None:
    one = await shelf.add("Returns", RETURNS)
    for path in ("/articles", f"/articles/{one}"):
        assert (await shelf.get(path, Origin="https://evil.example")).status == 403
    assert (await shelf.api.anonymous().get(shelf.path("/articles"))).status == 403, "no page at all"


async def test_a_visitor_answers_once_for_a_version(shelf: Shelf) -> None:
    one, me = await shelf.add("Returns", RETURNS), VisitorId(ids.make())
    for _ in range(3):
        assert (await shelf.vote(one, helpful=True, visitor=me)).status == 204
    assert await shelf.votes(one) == (1, 0)
    await shelf.vote(one, helpful=False, visitor=me)
    await shelf.vote(one, helpful=True)
    assert await shelf.votes(one) == (1, 1)


@pytest.mark.parametrize(
    "rest", ["?query=" + "x" * 201, "?query=%00", "?language=" + "x" * 36, "?limit=5", "?query=a&query=b"]
)
async def test_a_question_is_bounded(shelf: Shelf, rest: str) -> None:
    assert (await shelf.get(f"/articles{rest}")).status == 422


async def test_searches_are_limited_by_network(shelf: Shelf) -> None:
    answer = await shelf.get("/articles")
    assert "q=300" in answer.headers["RateLimit-Policy"]


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_hostile_text_stays_text(shelf: Shelf, hostile: str) -> None:
    hostile = hostile.replace("\0", "")
    one = await shelf.add(hostile[:50].replace("\n", " "), hostile, category=hostile[:50])
    assert (await shelf.get(f"/articles/{one}")).json["content"] == hostile
    (item,) = (await shelf.get("/articles")).json["items"]
    assert len(item["snippet"]) <= SNIPPET and "\n" not in item["snippet"]
    for odd in (hostile[:200], "'" * 50, "\\" * 50, ":*&|!()<->" * 10, "%_" * 50):
        found = await shelf.api.anonymous().call(
            "GET", shelf.path("/articles"), headers={"Origin": PAGE}, query_string={"query": odd}
        )
        assert found.status == 200, found.body
