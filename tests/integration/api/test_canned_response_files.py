"""Canned responses as files: preview and import, all lines or none, changes in between, export, speed."""

import time
from typing import Any

import pytest

from core.db.canned_responses import responses as table
from server.api.canned_responses import transfer
from tests.integration.api.api_fixture import Answer, Caller
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
ROUTE = "/canned-responses"
FILE = "shortcut,content,category\ndelivery,Within two days.,Shipping\nrefund,Within seven days.,\n"


async def send(caller: Caller, path: str, text: str | bytes, media_type: str = "text/csv") -> Answer:
    data = text.encode() if isinstance(text, str) else text
    return await caller.call("POST", path, headers={"Content-Type": media_type}, data=data)


async def preview(shop: Shop, text: str | bytes) -> Any:
    answer = await send(shop.manager, shop.path(f"{ROUTE}/import-preview"), text)
    assert answer.status == 200, answer.body
    return answer.json


async def imported(shop: Shop, text: str | bytes, plan: str, caller: Caller | None = None) -> Answer:
    return await send(caller or shop.manager, shop.path(f"{ROUTE}/import?plan={plan}"), text)


async def made(shop: Shop, shortcut: str, content: str = "x", category: str = "") -> Any:
    body = {"shortcut": shortcut, "content": content, "category": category}
    answer = await shop.manager.post(shop.path(ROUTE), body)
    assert answer.status == 201, answer.body
    return answer.json


async def stored(shop: Shop) -> dict[str, tuple[str, str, int]]:
    items = (await shop.manager.get(shop.path(ROUTE))).json["items"]
    return {one["shortcut"]: (one["content"], one["category"], one["version"]) for one in items}


async def test_a_preview_changes_nothing_and_the_import_does_what_it_said(shop: Shop) -> None:
    await made(shop, "Delivery", "Within three days.", "Shipping")
    await made(shop, "hello", "Hello")
    before = await stored(shop)
    shown = await preview(shop, FILE)
    assert await stored(shop) == before
    assert (shown["created"], shown["changed"], shown["unchanged"], shown["refused"]) == (1, 1, 0, 0)
    assert [(one["line"], one["shortcut"], one["outcome"], one["fields"]) for one in shown["lines"]] == [
        (2, "delivery", "changed", ["shortcut", "content"]),
        (3, "refund", "created", []),
    ]
    answer = await imported(shop, FILE, shown["plan"])
    assert (answer.status, answer.json) == (200, {"created": 1, "changed": 1, "unchanged": 0})
    assert await stored(shop) == {
        "delivery": ("Within two days.", "Shipping", 2),
        "hello": ("Hello", "", 1),
        "refund": ("Within seven days.", "", 1),
    }
    assert await shop.audit_entries("canned_response.imported") == [
        ("ok", None, {"created": 1, "changed": 1})
    ]


async def test_the_same_file_again_changes_nothing(shop: Shop) -> None:
    await imported(shop, FILE, (await preview(shop, FILE))["plan"])
    before = await stored(shop)
    shown = await preview(shop, FILE)
    assert (shown["unchanged"], shown["lines"]) == (2, [])
    answer = await imported(shop, FILE, shown["plan"])
    assert answer.json == {"created": 0, "changed": 0, "unchanged": 2}
    assert await stored(shop) == before
    assert len(await shop.audit_entries("canned_response.imported")) == 1


async def test_with_one_wrong_line_nothing_is_imported(shop: Shop) -> None:
    text = FILE + "two words,x,\n"
    shown = await preview(shop, text)
    (wrong,) = [one for one in shown["lines"] if one["outcome"] == "refused"]
    assert (wrong["line"], wrong["shortcut"], wrong["code"]) == (4, "two words", "shortcut")
    answer = await imported(shop, text, shown["plan"])
    assert answer.status == 422
    assert answer.json["errors"] == [{"field": "line 4", "code": "shortcut", "detail": wrong["detail"]}]
    assert await stored(shop) == {}


async def change(shop: Shop) -> None:
    (one,) = (await shop.manager.get(shop.path(ROUTE))).json["items"]
    path = shop.path(f"{ROUTE}/{one['id']}")
    assert (await shop.manager.call("PATCH", path, {"version": 1, "content": "changed"})).status == 200


async def delete(shop: Shop) -> None:
    (one,) = (await shop.manager.get(shop.path(ROUTE))).json["items"]
    assert (await shop.manager.call("DELETE", shop.path(f"{ROUTE}/{one['id']}"))).status == 204


async def create(shop: Shop) -> None:
    await made(shop, "REFUND")


@pytest.mark.parametrize("meanwhile", [change, delete, create])
async def test_what_was_not_in_the_preview_is_not_overwritten(shop: Shop, meanwhile: Any) -> None:
    await made(shop, "delivery")
    plan = (await preview(shop, FILE))["plan"]
    await meanwhile(shop)
    before = await stored(shop)
    answer = await imported(shop, FILE, plan)
    assert (answer.status, answer.json["code"]) == (409, "stale")
    assert await stored(shop) == before


async def test_another_file_than_the_previewed_one_is_stale(shop: Shop) -> None:
    plan = (await preview(shop, FILE))["plan"]
    assert (await imported(shop, FILE.replace("two", "one"), plan)).json["code"] == "stale"


async def test_only_managers_import_and_export(shop: Shop) -> None:
    for caller in (shop.agent, shop.stranger):
        for answer in (
            await send(caller, shop.path(f"{ROUTE}/import-preview"), FILE),
            await imported(shop, FILE, "0" * 64, caller),
            await caller.get(shop.path(f"{ROUTE}.csv")),
        ):
            assert answer.status in (403, 404)
    assert await stored(shop) == {}


async def test_files_of_another_form_are_refused(shop: Shop) -> None:
    path = shop.path(f"{ROUTE}/import-preview")
    assert (await send(shop.manager, path, FILE, "application/json")).status == 415
    assert (await send(shop.manager, path, b"x" * (2 * 1024 * 1024 + 1))).status == 413
    answer = await send(shop.manager, path, b"\xff\xfe")
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, "encoding")
    assert (await imported(shop, FILE, "not a plan")).status == 422


async def test_the_limit_of_a_project_holds_for_files(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MAX_PER_PROJECT", 2)
    await made(shop, "hello")
    answer = await send(shop.manager, shop.path(f"{ROUTE}/import-preview"), FILE)
    assert (answer.status, answer.json["code"]) == (409, "too_many")
    assert "3" in answer.json["detail"]


@pytest.mark.parametrize("separator", ["comma", "semicolon", "tab"])
async def test_an_export_imports_as_no_change(shop: Shop, separator: str) -> None:
    await made(shop, "list", "Please send:\n- a photo\n- =your order", "=Cat")
    await made(shop, "hello", 'Hello "you"; bye')
    answer = await shop.manager.get(shop.path(f"{ROUTE}.csv?separator={separator}"))
    assert answer.status == 200 and answer.body.startswith(b"\xef\xbb\xbf")
    assert b"\n- a" not in answer.body, "no line of a cell begins a formula"
    shown = await preview(shop, answer.body)
    assert (shown["unchanged"], shown["lines"]) == (2, [])


async def test_five_thousand_lines_are_imported_listed_and_exported(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"s{number},Text {number} {'ö' * 50},Group {number % 9}\n" for number in range(5_000))
    text = "shortcut,content,category\n" + lines
    shown = await preview(shop, text)
    assert (shown["created"], len(shown["lines"])) == (5_000, 500)
    assert (await imported(shop, text, shown["plan"])).json["created"] == 5_000
    started, after, count = time.perf_counter(), "", 0
    while True:
        page = (await shop.agent.get(shop.path(f"{ROUTE}?cursor={after}"))).json
        count += len(page["items"])
        if page["next_cursor"] is None:
            break
        after = page["next_cursor"]
    print(f"5,000 canned responses listed in {(time.perf_counter() - started) * 1000:.0f} ms")
    assert count == 5_000
    monkeypatch.setattr(transfer, "BATCH_SIZE", 1_000)  # the test client holds ten chunks and then waits
    exported = await shop.manager.get(shop.path(f"{ROUTE}.csv"))
    assert exported.body.count(b"\r\n") == 5_001
    assert (await preview(shop, exported.body))["unchanged"] == 5_000
    full = await shop.manager.post(shop.path(ROUTE), {"shortcut": "one-more", "content": "x"})
    assert (full.status, full.json["code"]) == (409, "too_many")
