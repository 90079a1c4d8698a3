"""Saved views: each member's own, in their order, at most twenty; two devices at once; who notices."""

from typing import Any
from uuid import UUID

import pytest

from core.db.projects import members
from core.db.saved_views.views import MAX_PER_MEMBER
from core.signals import ResourceChanged
from tests.integration.api.api_fixture import Answer, Caller, text
from tests.integration.api.mailbox import published_during
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
ROUTE = "/me/saved-views"
EVERYTHING = {"status": None, "assignee": None, "unread": False, "has_form": False, "has_note": False}


def view(name: str, **filter: Any) -> dict[str, Any]:
    return {"name": name, "filter": filter}


async def save(caller: Caller, shop: Shop, version: int, *views: Any) -> Answer:
    return await caller.put(shop.path(ROUTE), {"version": version, "items": list(views)})


async def mine(caller: Caller, shop: Shop) -> Any:
    return (await caller.get(shop.path(ROUTE))).json


async def test_views_are_kept_per_member_in_their_order(shop: Shop) -> None:
    assert await mine(shop.agent, shop) == {"version": 0, "items": []}
    waits = view("  Waiting   for me ", status="unsolved", assignee="me", unread=True)
    bens = view("Ben's forms", assignee=text(shop.ben.id), has_form=True, has_note=True)
    answer = await save(shop.agent, shop, 0, waits, bens)
    assert (answer.status, answer.json["version"]) == (200, 1)
    kept = await mine(shop.agent, shop)
    assert kept == answer.json
    assert [one["name"] for one in kept["items"]] == ["Waiting for me", "Ben's forms"]
    assert kept["items"][0]["filter"] == EVERYTHING | waits["filter"]
    assert (await save(shop.agent, shop, 1, bens, waits)).json["version"] == 2
    assert [one["name"] for one in (await mine(shop.agent, shop))["items"]] == [
        "Ben's forms",
        "Waiting for me",
    ]
    assert await mine(shop.manager, shop) == {"version": 0, "items": []}
    assert (await save(shop.agent, shop, 2)).json == {"version": 3, "items": []}
    assert [entity for _, entity, _ in await shop.audit_entries("saved_views.changed")] == [shop.ben.id] * 3


async def test_a_change_of_an_older_version_is_refused_and_loses_nothing(shop: Shop) -> None:
    await save(shop.agent, shop, 0, view("One"))
    for version in (0, 2):
        answer = await save(shop.agent, shop, version, view("Other"))
        assert (answer.status, answer.json["code"]) == (409, "stale")
    assert (await save(shop.manager, shop, 1, view("Never saved"))).status == 409
    assert [one["name"] for one in (await mine(shop.agent, shop))["items"]] == ["One"]


@pytest.mark.parametrize(
    ("views", "field", "code"),
    [
        ([view("One"), view("oNE")], "items[1].name", "taken"),
        ([view(" \u200b ")], "items[0].name", "required"),
        ([view("One", status="closed")], None, None),
        ([view("One", assignee="unknown")], None, None),
        ([view("One", colour="red")], None, None),
        ([view("x" * 51)], None, None),
        ([view(f"View {n}") for n in range(MAX_PER_MEMBER + 1)], None, None),
    ],
)
async def test_invalid_views_are_refused(shop: Shop, views: Any, field: str | None, code: str | None) -> None:
    answer = await save(shop.agent, shop, 0, *views)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    if field is not None:
        assert [(one["field"], one["code"]) for one in answer.json["errors"]] == [(field, code)]
    assert await mine(shop.agent, shop) == {"version": 0, "items": []}


async def test_the_longest_views_fit(shop: Shop) -> None:
    longest = [
        view(f"{n:02}" + "ữ" * 48, status="unsolved", assignee=str(UUID(int=n)), has_form=True, has_note=True)
        for n in range(MAX_PER_MEMBER)
    ]
    assert (await save(shop.agent, shop, 0, *longest)).status == 200


async def test_the_members_other_screens_are_told_whose_views_changed(shop: Shop) -> None:
    async def act() -> None:
        await save(shop.agent, shop, 0, view("One"))

    assert await published_during(shop.api, shop.project, act) == [
        ResourceChanged(shop.project, "saved_views", shop.ben.id, 1)
    ]


async def test_views_go_with_the_membership(shop: Shop) -> None:
    await save(shop.agent, shop, 0, view("One"))
    async with shop.api.context.database.transaction() as conn:
        await members.remove(conn, shop.project, shop.ben.id)
    assert await shop.rows("SELECT views FROM saved_views") == []
