"""Imports of articles over REST: queued, listed, limited, cancelled; a worker does them."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from core.db.knowledge import imports
from core.db.knowledge.imports import MAX_FILE, MAX_OPEN
from core.knowledge.files import named
from tests.integration.api.api_fixture import Answer, Caller
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
ROUTE = "/article-imports"
ADDRESS = {"kind": "address", "url": "https://shop.example/returns"}


async def queued(shop: Shop, **more: Any) -> Any:
    answer = await shop.manager.post(shop.path(ROUTE), ADDRESS | more)
    assert answer.status == 201, answer.body
    return answer.json


async def upload(
    shop: Shop, body: bytes, media_type: str, query: str = "name=returns.md", caller: Caller | None = None
) -> Answer:
    path = shop.path(f"{ROUTE}/files?{query}")
    headers = {"Content-Type": media_type}
    return await (caller or shop.manager).call("POST", path, headers=headers, data=body)


async def rows(shop: Shop, columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await shop.rows(f"SELECT {columns} FROM article_imports")]  # noqa: S608  ours


async def test_a_manager_queues_an_address(shop: Shop) -> None:
    made = await queued(shop, url=" https://shop.example/returns#top ", category=" Shop ", refetch_days=7)
    assert (made["kind"], made["source"], made["category"]) == ("address", ADDRESS["url"], "Shop")
    assert (made["state"], made["publish"], made["refetch_days"], made["waiting"]) == ("queued", False, 7, 0)
    assert made["created_by"]["full_name"] == "Mai"
    listed = await shop.manager.get(shop.path(ROUTE))
    assert listed.json == {"items": [made], "next_cursor": None}
    assert (await shop.manager.get(shop.path(f"{ROUTE}/{made['id']}"))).json == made
    ((result, entity, changes),) = await shop.audit_entries("article_import.created")
    assert (result, entity) == ("ok", UUID(made["id"]).bytes)
    assert (changes["kind"], changes["source"]) == ("address", ADDRESS["url"])


@pytest.mark.parametrize(
    "url",
    ["shop.example", "ftp://shop.example/x", "https://", "https://u:p@shop.example/", "javascript:alert(1)"],
)
async def test_what_is_no_web_address_is_refused(shop: Shop, url: str) -> None:
    answer = await shop.manager.post(shop.path(ROUTE), ADDRESS | {"url": url})
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "not_a_url")


async def test_an_address_of_too_many_bytes_is_refused(shop: Shop) -> None:
    url = "https://shop.example/" + "点" * 1_900
    answer = await shop.manager.post(shop.path(ROUTE), ADDRESS | {"url": url})
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "too_long")


@pytest.mark.parametrize(
    "more",
    [{"kind": "file"}, {"kind": "schedule"}, {"refetch_days": 0}, {"language": "english!"}, {"body": "x"}],
)
async def test_a_body_that_does_not_fit_is_refused(shop: Shop, more: dict[str, Any]) -> None:
    assert (await shop.manager.post(shop.path(ROUTE), ADDRESS | more)).status == 422


async def test_a_manager_sends_a_file(shop: Shop) -> None:
    query = "name=returns.md&category=Shop&language=en-us&publish=true"
    answer = await upload(shop, b"# Returns\n\nThirty days.", "text/markdown", query)
    assert answer.status == 201, answer.body
    assert (answer.json["kind"], answer.json["source"], answer.json["language"]) == (
        "file",
        "returns.md",
        "en-US",
    )
    assert answer.json["publish"] is True
    assert await rows(shop, "body") == [(b"# Returns\n\nThirty days.",)]


async def test_files_that_are_empty_too_large_or_of_another_kind_are_refused(shop: Shop) -> None:
    assert (await upload(shop, b"", "text/markdown")).json["errors"][0]["code"] == "empty"
    assert (await upload(shop, b"x" * (MAX_FILE + 1), "application/pdf")).status == 413
    assert (await upload(shop, b"x", "application/zip")).status == 415
    assert (await upload(shop, b"x", "text/plain", "name=%E2%80%8B")).json["errors"][0]["code"] == "required"
    assert (await upload(shop, b"x", "text/plain", "title=x")).status == 422
    assert await rows(shop, "id") == []


@pytest.mark.parametrize(
    ("name", "media_type", "source"),
    [
        ("a.md", "text/plain", "a.md"),
        ("a", "text/plain", "a"),
        ("a.PDF", "application/pdf", "a.PDF"),
        ("a.exe", "application/pdf", "a.exe.pdf"),
        ("a.txt", "text/html", "a.txt.html"),
    ],
)
def test_a_file_is_named_by_what_it_is(name: str, media_type: str, source: str) -> None:
    assert named(name, media_type) == source


async def test_a_limited_number_of_imports_waits(shop: Shop) -> None:
    made = [await queued(shop) for _ in range(MAX_OPEN)]
    refused = await shop.manager.post(shop.path(ROUTE), ADDRESS)
    assert (refused.status, refused.json["code"]) == (409, "too_many")
    assert (await upload(shop, b"x", "text/plain")).status == 409
    await shop.manager.post(shop.path(f"{ROUTE}/{made[0]['id']}/cancel"))
    await queued(shop)


async def test_a_cancelled_import_keeps_no_file(shop: Shop) -> None:
    made = (await upload(shop, b"# Returns", "text/markdown")).json
    for _ in range(2):
        answer = await shop.manager.post(shop.path(f"{ROUTE}/{made['id']}/cancel"))
        assert (answer.status, answer.json["state"]) == (200, "cancelled")
        assert answer.json["ended_at"] is not None
    assert await rows(shop, "state, body") == [("cancelled", None)]
    assert len(await shop.audit_entries("article_import.cancelled")) == 1


async def test_pages_are_listed_in_their_order(shop: Shop) -> None:
    made = await queued(shop, kind="sitemap")
    given = UUID(made["id"]).bytes
    async with shop.api.context.database.transaction() as conn:
        addresses = [f"https://shop.example/{n}" for n in range(150)]
        await imports.add_pages(conn, shop.project, given, addresses, [None] * 150)
    path = shop.path(f"{ROUTE}/{made['id']}/pages")
    first = (await shop.manager.get(path)).json
    second = (await shop.manager.get(f"{path}?cursor={first['next_cursor']}")).json
    assert [one["source"] for one in first["items"] + second["items"]] == addresses
    assert second["next_cursor"] is None
    assert {one["outcome"] for one in first["items"]} == {"waiting"}
    assert (await shop.manager.get(shop.path(f"{ROUTE}/{made['id']}"))).json["waiting"] == 150
    assert (await shop.manager.get(f"{path}?cursor=x")).status == 422


async def test_a_hundred_imports_with_one_time_are_paged_without_a_gap(shop: Shop) -> None:
    async with shop.api.context.database.transaction() as conn:
        for number in range(100):
            new = imports.NewImport(kind="address", source=f"https://shop.example/{number}")
            await imports.add(conn, shop.project, uuid4().bytes, new, by=None, now=1_800_000_000_000)
    seen: list[str] = []
    path = f"{shop.path(ROUTE)}?limit=7"
    cursor = ""
    while True:
        page = (await shop.manager.get(path + (f"&cursor={cursor}" if cursor else ""))).json
        seen += [one["source"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 100


async def test_agents_and_strangers_see_no_imports(shop: Shop) -> None:
    made = await queued(shop)
    for caller, status in ((shop.agent, 403), (shop.stranger, 404)):
        assert (await caller.get(shop.path(ROUTE))).status == status
        assert (await caller.get(shop.path(f"{ROUTE}/{made['id']}/pages"))).status == status
        assert (await caller.post(shop.path(ROUTE), ADDRESS)).status == status
        assert (await upload(shop, b"x", "text/plain", caller=caller)).status == status
        assert (await caller.post(shop.path(f"{ROUTE}/{made['id']}/cancel"))).status == status
    assert (await shop.manager.get(shop.path(f"{ROUTE}/{uuid4()}"))).status == 404
