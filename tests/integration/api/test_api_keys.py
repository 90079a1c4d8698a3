"""API keys: shown once, stored hashed, act as agents of their project within their scopes, until revoked."""

from typing import Any
from uuid import uuid4

import pytest

from core.bus import connection
from core.identity import api_keys
from tests.integration.api.api_fixture import ApiFixture, Caller, of, text
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
ALL_SCOPES = ["conversations:read", "conversations:write", "members:read", "messages:write"]


async def made(shop: Shop, *scopes: str, name: str = "Warehouse") -> Any:
    answer = await shop.manager.post(
        shop.path("/api-keys"), {"name": name, "scopes": list(scopes) or ALL_SCOPES}
    )
    assert answer.status == 201, answer.body
    return answer.json


def api_client(api: ApiFixture, key: str) -> Caller:
    caller = api.anonymous()
    caller.token = key
    return caller


async def test_a_key_is_shown_once_and_kept_as_a_hash(shop: Shop) -> None:
    key = await made(shop, "messages:write", "conversations:read", "messages:write")
    assert key["key"].startswith("plk_") and len(key["key"]) == 4 + 43
    assert key["key"].startswith(key["hint"]) and len(key["hint"]) == 10
    assert (key["name"], key["scopes"]) == ("Warehouse", ["conversations:read", "messages:write"])
    assert key["created_by"] == {"id": text(shop.boss.id), "full_name": "Mai"}
    listed = (await shop.manager.get(shop.path("/api-keys"))).json
    assert listed == [{name: value for name, value in key.items() if name != "key"}]
    (row,) = await shop.rows("SELECT * FROM api_keys")
    assert row["key_hash"] == api_keys.digest(key["key"])
    assert key["key"] not in str([*row])
    ((result, _, changes),) = await shop.audit_entries("api_key.created")
    assert (result, changes["name"]) == ("ok", "Warehouse")


async def test_a_key_acts_as_an_agent_of_its_project(shop: Shop) -> None:
    _, conversation = await shop.api.writes(shop.project, "Where is my parcel?")
    key = await made(shop)
    program = api_client(shop.api, key["key"])
    (listed,) = (await program.get(shop.path("/conversations"))).json["items"]
    assert listed["id"] == text(conversation)
    path = shop.path(f"/conversations/{text(conversation)}")
    reply = {"ref": str(uuid4()), "body": "On its way"}
    answer = await program.post(f"{path}/messages", reply)
    assert answer.status == 201
    assert answer.json["author"] == {"party": "agent", "id": key["id"], "name": "Warehouse"}
    assert (await program.post(f"{path}/messages", reply)).status == 200, "a repeated ref is the same message"
    assert (await program.put(f"{path}/status", {"status": "solved"})).json["status"] == "solved"
    assert len((await program.get(shop.path("/members"))).json) == 2
    async with shop.api.context.database.connection() as conn:
        row = await conn.fetchrow(
            "SELECT actor_kind, actor_id, actor_name FROM audit_log "
            "WHERE project_id = $1 AND action = 'conversation.status_changed'",
            shop.project,
        )
    assert tuple(row) == ("api_key", key_id(key), "Warehouse")


def key_id(key: Any) -> bytes:
    return bytes.fromhex(key["id"].replace("-", ""))


@pytest.mark.parametrize("scope", ALL_SCOPES)
async def test_a_key_may_do_what_its_scopes_allow_and_nothing_else(shop: Shop, scope: str) -> None:
    _, conversation = await shop.api.writes(shop.project, "Hello")
    program = api_client(shop.api, (await made(shop, scope))["key"])
    one = shop.path(f"/conversations/{text(conversation)}")
    tried = {
        "conversations:read": await program.get(shop.path("/conversations")),
        "messages:write": await program.post(f"{one}/messages", {"ref": str(uuid4()), "body": "x"}),
        "conversations:write": await program.put(f"{one}/status", {"status": "pending"}),
        "members:read": await program.get(shop.path("/members")),
    }
    for needed, answer in tried.items():
        assert (answer.status < 300) == (needed == scope), f"{needed}: {answer.body!r}"
        if needed != scope:
            assert (answer.status, answer.json["code"]) == (403, "forbidden")


async def test_a_key_is_refused_on_routes_for_people(shop: Shop) -> None:
    program = api_client(shop.api, (await made(shop))["key"])
    for method, path, body in (
        ("GET", "/api/v1/me", None),
        ("GET", "/api/v1/projects", None),
        ("POST", "/api/v1/projects", {"name": "x", "domains": ["x.example"]}),
        ("GET", shop.path("/api-keys"), None),
        ("POST", shop.path("/api-keys"), {"name": "x", "scopes": ALL_SCOPES}),
        ("GET", shop.path("/invitations"), None),
        ("PATCH", shop.path(), {"version": 1, "name": "x"}),
        ("DELETE", shop.path(), {"name": "Shop"}),
        ("POST", shop.path("/leave"), None),
        ("POST", shop.path("/socket-tickets"), None),
        ("DELETE", shop.member(shop.ben), None),
    ):
        answer = await program.call(method, path, body)
        assert (answer.status, answer.json["code"]) == (401, "unauthenticated"), f"{method} {path}"


async def test_a_key_cannot_access_other_projects_nor_learn_whether_they_exist(
    api: ApiFixture, shop: Shop
) -> None:
    other = await api.project("Other")
    await api.writes(other, "Secret")
    program = api_client(api, (await made(shop))["key"])
    foreign = await program.get(of(other, "/conversations"))
    absent = await program.get(f"/api/v1/projects/{uuid4()}/conversations")
    assert foreign.status == absent.status == 401
    assert foreign.body == absent.body


async def test_a_revoked_key_is_refused(shop: Shop) -> None:
    key = await made(shop)
    program = api_client(shop.api, key["key"])
    assert (await program.get(shop.path("/members"))).status == 200
    assert (await shop.manager.call("DELETE", shop.path(f"/api-keys/{key['id']}"))).status == 204
    assert (await program.get(shop.path("/members"))).status == 401
    assert (await shop.manager.call("DELETE", shop.path(f"/api-keys/{key['id']}"))).status == 404
    assert [(row[0], row[1]) for row in await shop.audit_entries("api_key.revoked")] == [
        ("ok", key_id(key)),
        ("denied", key_id(key)),
    ]


async def test_the_last_use_is_recorded_at_most_once_a_minute(shop: Shop) -> None:
    key = await made(shop)
    program = api_client(shop.api, key["key"])

    async def last_used() -> int | None:
        (row,) = await shop.rows("SELECT last_used_at, xmin::text FROM api_keys")
        return row[0]  # type: ignore[no-any-return]

    assert await last_used() is None
    await program.get(shop.path("/members"))
    first = await last_used()
    assert first is not None
    await program.get(shop.path("/members"))
    assert await last_used() == first
    async with shop.api.context.database.connection() as conn:
        await conn.execute("UPDATE api_keys SET last_used_at = last_used_at - interval '61 seconds'")
    await program.get(shop.path("/members"))
    assert (await last_used() or 0) >= first


@pytest.mark.parametrize(
    "wrong", ["plk_", "plk_x", "plk_" + "A" * 43, "plk_\x7f", "PLK_" + "A" * 43], ids=repr
)
async def test_an_invalid_key_is_refused(shop: Shop, wrong: str) -> None:
    answer = await api_client(shop.api, wrong).get(shop.path("/members"))
    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")


async def test_wrong_keys_are_counted_by_ip_address(shop: Shop) -> None:
    seen = set()
    for _ in range(70):
        answer = await api_client(shop.api, api_keys.fresh()).get(shop.path("/members"))
        seen.add(answer.status)
    assert seen == {401, 429}


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "scopes": ALL_SCOPES},
        {"name": "  ", "scopes": ALL_SCOPES},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "scopes": ALL_SCOPES, "role": "manager"},
    ],
)
async def test_an_invalid_request_for_a_key_is_refused(shop: Shop, body: Any) -> None:
    assert (await shop.manager.post(shop.path("/api-keys"), body)).status == 422
    assert await shop.rows("SELECT id FROM api_keys") == []


async def test_wrong_keys_of_one_network_use_no_more_memory_and_a_valid_key_still_works(
    shop: Shop,
) -> None:
    right = api_client(shop.api, (await made(shop))["key"])
    path = shop.path("/members")
    assert (await right.get(path)).status == 200

    async def tries(count: int) -> set[int]:
        return {(await api_client(shop.api, api_keys.fresh()).get(path)).status for _ in range(count)}

    assert await tries(70) == {401, 429}

    async def keys() -> int:
        nodes = await connection.infos(shop.api.context.redis, "keyspace")
        return sum(int(node.get("db0", {}).get("keys", 0)) for node in nodes)

    before = await keys()
    assert await tries(20) == {429}
    grown = await keys() - before
    assert grown <= 2, "each limit may begin another window meanwhile; a key for each try would be 20"
    assert (await right.get(path)).status == 200
