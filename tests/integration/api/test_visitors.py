"""Visitors for agents: names, restrictions, past conversations; blocked addresses for managers."""

from typing import Any

import pytest

from core import ids
from core.db.chat import restrictions
from core.db.projects import address_blocks
from core.ids import ConversationId, VisitorId
from tests.integration.api.api_fixture import Answer, text
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
BLOCKS = "/address-blocks"


def of(visitor: VisitorId, rest: str = "") -> str:
    return f"/visitors/{text(visitor)}{rest}"


async def get(shop: Shop, rest: str) -> Any:
    answer = await shop.agent.get(shop.path(rest))
    assert answer.status == 200, answer.body
    return answer.json


async def rename(shop: Shop, visitor: VisitorId, name: str) -> Answer:
    return await shop.agent.call("PATCH", shop.path(of(visitor)), {"name": name})


async def restrict(shop: Shop, visitor: VisitorId, kind: str, reason: str = "") -> Answer:
    return await shop.agent.call(
        "PUT", shop.path(of(visitor, "/restriction")), {"kind": kind, "reason": reason}
    )


async def test_an_agent_renames_a_visitor_and_takes_the_name_back(shop: Shop) -> None:
    visitor, talk = await shop.api.writes(shop.project, "hi", meta={"name": "Jonas"})
    answer = await rename(shop, visitor, "  Jonas   the regular ")
    assert answer.status == 200, answer.body
    assert (answer.json["name"], answer.json["given_name"]) == ("Jonas the regular", "Jonas the regular")
    assert answer.json["facts"] == {"name": "Jonas"}
    assert (await get(shop, f"/conversations/{text(talk)}"))["visitor"]["name"] == "Jonas the regular"
    answer = await rename(shop, visitor, "")
    assert (answer.json["name"], answer.json["given_name"]) == ("Jonas", "")
    entries = await shop.audit_entries("visitor.renamed")
    assert [(result, changes["name"]) for result, _, changes in entries] == [
        ("ok", "  Jonas   the regular "),
        ("ok", ""),
    ]


@pytest.mark.parametrize("name", ["x" * 51, "\u200b\u200b", "a\nb"])
async def test_a_name_has_1_to_50_visible_characters(shop: Shop, name: str) -> None:
    visitor, _ = await shop.api.writes(shop.project, "hi")
    assert (await rename(shop, visitor, name)).status == 422
    assert (await get(shop, of(visitor)))["given_name"] == ""


async def test_fifty_code_points_of_any_plane_are_a_name(shop: Shop) -> None:
    visitor, _ = await shop.api.writes(shop.project, "hi")
    assert (await rename(shop, visitor, "🦊" * 50)).json["name"] == "🦊" * 50


async def test_a_blocked_visitor_is_listed_with_reason_and_agent(shop: Shop) -> None:
    visitor, talk = await shop.api.writes(shop.project, "hi")
    made = await restrict(shop, visitor, "blocked", "Insults")
    assert made.status == 200, made.body
    assert (made.json["kind"], made.json["reason"], made.json["by"]["full_name"]) == (
        "blocked",
        "Insults",
        "Ben",
    )
    (item,) = (await get(shop, "/restrictions"))["items"]
    assert (item["id"], item["conversation_id"]) == (text(visitor), text(talk))
    assert item["restriction"] == made.json == (await get(shop, of(visitor)))["restriction"]
    row = await get(shop, f"/conversations/{text(talk)}")
    assert (row["visitor"]["restriction"], row["withheld"]) == ("blocked", True)
    assert (await get(shop, "/conversations"))["items"] == []
    ((_, entity, changes),) = await shop.audit_entries("visitor.restricted")
    assert (entity, changes) == (visitor, {"kind": "blocked", "reason": "Insults"})

    refused = await shop.agent.post(
        shop.path(f"/conversations/{text(talk)}/messages"), {"ref": text(ids.make()), "body": "stop"}
    )
    assert (refused.status, refused.json["code"]) == (409, "blocked")
    gone = await shop.agent.call("DELETE", shop.path(of(visitor, "/restriction")))
    assert gone.status == 204
    assert (await get(shop, "/restrictions"))["items"] == []
    assert [row["id"] for row in (await get(shop, "/conversations"))["items"]] == [text(talk)]
    assert len(await shop.audit_entries("visitor.released")) == 1


async def test_only_the_list_of_muted_visitors_has_a_muted_one(shop: Shop) -> None:
    visitor, talk = await shop.api.writes(shop.project, "hi")
    await restrict(shop, visitor, "muted")
    await shop.api.writes(shop.project, "again", visitor=visitor)
    assert (await get(shop, "/conversations"))["items"] == []
    assert (await get(shop, "/conversations/unread"))["open"] == 0
    (row,) = (await get(shop, "/conversations?muted=true"))["items"]
    assert (row["id"], row["snippet"], row["withheld"]) == (text(talk), "again", False)
    assert row["visitor"]["restriction"] == "muted"
    mixed = await shop.agent.get(shop.path("/conversations?muted=true&status=open"))
    assert (mixed.status, mixed.json["code"]) == (422, "invalid")


async def test_a_list_of_muted_visitors_has_pages(shop: Shop) -> None:
    for number in range(3):
        visitor, _ = await shop.api.writes(shop.project, f"hi {number}", at=ids.now() + number)
        await restrict(shop, visitor, "muted")
    seen, cursor = [], ""
    for _ in range(3):
        page = await get(shop, f"/conversations?muted=true&limit=1{cursor}")
        seen += [row["snippet"] for row in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ["hi 2", "hi 1", "hi 0"]
    assert page["next_cursor"] is None


async def test_the_list_of_restrictions_has_pages(shop: Shop) -> None:
    made = []
    for _ in range(3):
        visitor, _ = await shop.api.writes(shop.project, "hi")
        await restrict(shop, visitor, "muted")
        made.append(text(visitor))
    first = await get(shop, "/restrictions?limit=2")
    rest = await get(shop, f"/restrictions?limit=2&cursor={first['next_cursor']}")
    assert [one["id"] for one in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None


async def test_a_project_restricts_a_limited_number_of_visitors(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restrictions, "MAX_PER_PROJECT", 1)
    one, _ = await shop.api.writes(shop.project, "hi")
    other, _ = await shop.api.writes(shop.project, "hi")
    assert (await restrict(shop, one, "muted")).status == 200
    refused = await restrict(shop, other, "muted")
    assert (refused.status, refused.json["code"]) == (409, "too_many")
    assert (await restrict(shop, one, "blocked")).status == 200, "it has a place already"


async def test_someone_who_never_wrote_is_not_found(shop: Shop) -> None:
    stranger = VisitorId(ids.make())
    for answer in (
        await rename(shop, stranger, "X"),
        await restrict(shop, stranger, "muted"),
        await shop.agent.call("DELETE", shop.path(of(stranger, "/restriction"))),
        await shop.agent.get(shop.path(of(stranger, "/conversations"))),
    ):
        assert answer.status == 404


async def test_past_conversations_are_listed_in_pages_the_latest_first(shop: Shop) -> None:
    async with shop.api.context.database.connection() as conn:
        await conn.execute("UPDATE projects SET history_mode = 'limit_to_active' WHERE id = $1", shop.project)
    visitor, made = VisitorId(ids.make()), list[ConversationId]()
    for number in range(3):
        _, talk = await shop.api.writes(shop.project, f"question {number}", visitor=visitor)
        made.append(talk)
        if number < 2:
            await shop.agent.call(
                "PUT", shop.path(f"/conversations/{text(talk)}/status"), {"status": "solved"}
            )
    first = await get(shop, of(visitor, "/conversations?limit=2"))
    assert [row["id"] for row in first["items"]] == [text(made[2]), text(made[1])]
    assert [(row["status"], row["ended"], row["snippet"]) for row in first["items"]] == [
        ("open", False, "question 2"),
        ("solved", True, "question 1"),
    ]
    rest = await get(shop, of(visitor, f"/conversations?limit=2&cursor={first['next_cursor']}"))
    assert ([row["id"] for row in rest["items"]], rest["next_cursor"]) == ([text(made[0])], None)


async def test_conversations_are_found_by_what_the_page_says_of_their_visitor(shop: Shop) -> None:
    _, talk = await shop.api.writes(
        shop.project, "hi", meta={"name": "Jonas Weber", "email": "jonas@example.com"}
    )
    await shop.api.writes(shop.project, "hi", meta={"name": "Ada"})
    for part in ("weber", "JONAS@", "example.com"):
        found = (await get(shop, f"/conversations?visitor={part}"))["items"]
        assert [row["id"] for row in found] == [text(talk)], part
    assert (await get(shop, "/conversations?visitor=%25"))["items"] == [], "no wildcard"


async def block(shop: Shop, network: str, **given: Any) -> Answer:
    return await shop.manager.post(shop.path(BLOCKS), {"network": network, **given})


async def test_a_manager_blocks_a_range_and_unblocks_it(shop: Shop) -> None:
    until = ids.now() + 60_000
    made = await block(shop, "203.0.113.9/24", reason=" Spam ", expires_at=until)
    assert made.status == 201, made.body
    assert (made.json["network"], made.json["reason"], made.json["expires_at"]) == (
        "203.0.113.0/24",
        "Spam",
        until,
    )
    assert made.json["created_by"]["full_name"] == "Mai"
    assert (await shop.manager.get(shop.path(BLOCKS))).json == [made.json]
    ((_, _, changes),) = await shop.audit_entries("address.blocked")
    assert changes == {"network": "203.0.113.0/24", "reason": "Spam", "expires_at": until}
    gone = await shop.manager.call("DELETE", shop.path(f"{BLOCKS}/{made.json['id']}"))
    assert gone.status == 204
    assert (await shop.manager.get(shop.path(BLOCKS))).json == []
    ((_, _, changes),) = await shop.audit_entries("address.unblocked")
    assert changes == {"network": "203.0.113.0/24"}


@pytest.mark.parametrize(
    ("network", "code"),
    [
        ("10.0.0.0/7", "range_too_wide"),
        ("0.0.0.0/0", "range_too_wide"),
        ("2001:db8::/31", "range_too_wide"),
        ("::ffff:0.0.0.0/96", "range_too_wide"),
        ("example.com", "not_a_network"),
        ("10.0.0.1-10.0.0.9", "not_a_network"),
        ("10.0.0.0/33", "not_a_network"),
    ],
)
async def test_a_range_that_is_none_or_too_wide_is_refused(shop: Shop, network: str, code: str) -> None:
    answer = await block(shop, network)
    assert (answer.status, answer.json["errors"][0]["code"]) == (422, code)


@pytest.mark.parametrize(
    ("network", "kept"),
    [
        ("198.51.100.7", "198.51.100.7/32"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("2001:db8:1::/48", "2001:db8:1::/48"),
        ("::ffff:198.51.100.0/120", "198.51.100.0/24"),
    ],
)
async def test_a_range_has_one_spelling(shop: Shop, network: str, kept: str) -> None:
    assert (await block(shop, network)).json["network"] == kept
    again = await block(shop, kept)
    assert (again.status, again.json["errors"][0]["code"]) == (422, "network_taken")


async def test_ones_own_address_cannot_be_blocked(shop: Shop) -> None:
    refused = await shop.manager.call(
        "POST",
        shop.path(BLOCKS),
        {"network": "203.0.113.0/24"},
        scope_base={"client": ("203.0.113.77", 4711)},
    )
    assert (refused.status, refused.json["errors"][0]["code"]) == (422, "own_address")
    assert "203.0.113.77" in refused.json["errors"][0]["detail"]


async def test_a_time_in_the_past_and_one_range_too_many_are_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = await block(shop, "203.0.113.0/24", expires_at=1)
    assert (past.status, past.json["errors"][0]["field"]) == (422, "expires_at")
    monkeypatch.setattr(address_blocks, "MAX_PER_PROJECT", 1)
    assert (await block(shop, "203.0.113.0/24")).status == 201
    refused = await block(shop, "198.51.100.0/24")
    assert (refused.status, refused.json["code"]) == (409, "too_many")


async def test_agents_do_not_block_addresses(shop: Shop) -> None:
    assert (await shop.agent.get(shop.path(BLOCKS))).status == 403
    assert (await shop.agent.post(shop.path(BLOCKS), {"network": "203.0.113.0/24"})).status == 403
