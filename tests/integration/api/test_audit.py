"""The audit log: each action and each refusal is recorded once, for the right readers, without secrets."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from core import ids
from core.bus import connection
from core.config import settings
from core.ids import ProjectId
from core.telemetry.metrics import Metric, counters
from server.aio import open_loop
from server.api import app
from server.api.http.calls import Access, Call, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.services import audit_queue
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN
from server.context import Context
from server.pool import open_database
from server.reading.pool import open_read_pool
from tests.integration.api.api_fixture import ApiFixture, Caller, of, text
from tests.stack import Stack

AGENT = "Firefox 145"


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The colour that a thing should get, and a field that must not be recorded."""

    colour: str
    password: str = "hunter2 the canary"


things = Routes("things", "Of this test.")


@things.add(
    "PUT",
    "projects/{project}/things/{thing}",
    access=Access.MANAGER,
    limit=OFTEN,
    audit=AuditRule("thing.painted", entity="thing", fields=("colour",), security=True, refused="thing.kept"),
)
async def paint(call: MemberCall, thing: bytes, body: Wish) -> None:
    """A security action of the tests: it changes a row, records it, and then may be refused."""
    del thing
    async with call.services.database.transaction() as conn:
        await conn.execute("UPDATE projects SET name = $2 WHERE id = $1", call.project, body.colour)
        await call.audit(conn, changes={"colour": {"from": "grey", "to": body.colour}, "note": body.password})
        if body.colour == "mauve":
            raise ApiError("conflict")
    if body.colour == "pink":
        async with call.services.database.transaction() as conn:
            await call.audit(conn, result="denied", action="thing.stolen")
        raise ApiError("forbidden")


@things.add(
    "POST",
    "things",
    access=Access.PUBLIC,
    limit=OFTEN,
    audit=AuditRule("thing.wished", entity="thing", fields=("colour", "password")),
)
async def wish(call: Call, body: Wish) -> None:
    """An action open to all callers; the wrapper records it."""
    del call
    if body.colour == "broken":
        raise RuntimeError("an internal error")


@pytest.fixture
async def api(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ApiFixture]:
    """The app with this file's routes, and an empty audit log."""
    stack.redis("FLUSHALL")
    stack.sql("DELETE FROM audit_log")
    monkeypatch.setattr("server.api.openapi.document", lambda _, **__: b"{}")
    read = settings.read({k: v for k, v in stack.environment().items() if k.startswith("PARLEY_")})
    async with (
        open_loop(),
        open_database(stack.database_url, size=8) as database,
        open_read_pool(read) as read_pool,
        connection.client(stack.redis_url) as redis,
    ):
        context = Context(read, database, redis, read_pool)
        yield ApiFixture(app.create(context, resources=(*app.RESOURCES, things)), context)


@pytest.fixture
async def shop(api: ApiFixture) -> tuple[ProjectId, Caller, Caller]:
    """A project, its manager and its agent."""
    project = await api.project()
    manager = await api.sign_in(await api.person("Mai", manager=project))
    agent = await api.sign_in(await api.person("Ben", agent=project))
    await forget(api)
    return project, manager, agent


async def forget(api: ApiFixture) -> None:
    async with api.context.database.connection() as conn:
        await conn.execute("DELETE FROM audit_log")


async def audit_entries(api: ApiFixture) -> list[Any]:
    """Every entry, the oldest first."""
    async with api.context.database.connection() as conn:
        return list(await conn.fetch("SELECT * FROM audit_log ORDER BY at, id"))


async def paints(caller: Caller, project: bytes, thing: bytes, colour: str) -> int:
    path = of(project, f"/things/{text(thing)}")
    return (await caller.call("PUT", path, {"colour": colour}, {"User-Agent": AGENT})).status


async def test_a_security_action_is_recorded_with_actor_action_and_origin(
    api: ApiFixture, shop: tuple[ProjectId, Caller, Caller]
) -> None:
    project, manager, _ = shop
    thing = ids.make()
    assert await paints(manager, project, thing, "red") == 204
    (entry,) = await audit_entries(api)
    assert (entry["project_id"], entry["entity"], entry["entity_id"]) == (project, "thing", thing)
    assert (entry["actor_kind"], entry["actor_name"]) == ("user", "Mai")
    assert (entry["action"], entry["result"], entry["agent"]) == ("thing.painted", "ok", AGENT)
    assert entry["changes"] == {"colour": {"from": "grey", "to": "red"}}


async def test_a_security_action_that_cannot_be_recorded_does_not_happen(
    api: ApiFixture, shop: tuple[ProjectId, Caller, Caller], stack: Stack
) -> None:
    project, manager, _ = shop
    stack.sql("ALTER TABLE audit_log ADD CONSTRAINT never CHECK (action <> 'thing.painted')")
    try:
        assert await paints(manager, project, ids.make(), "red") == 500
    finally:
        stack.sql("ALTER TABLE audit_log DROP CONSTRAINT never")
    assert stack.sql("SELECT name FROM projects WHERE id = $1", project.hex())[0]["name"] == "Shop"
    assert [(entry["action"], entry["result"]) for entry in await audit_entries(api)] == [
        ("thing.kept", "failed")
    ]


async def test_a_rolled_back_action_is_recorded_as_failed(
    api: ApiFixture, shop: tuple[ProjectId, Caller, Caller]
) -> None:
    project, manager, _ = shop
    assert await paints(manager, project, ids.make(), "mauve") == 409
    (entry,) = await audit_entries(api)
    assert (entry["action"], entry["result"], entry["changes"]) == (
        "thing.kept",
        "failed",
        {"colour": "mauve", "reason": "conflict"},
    )


async def test_a_refusal_that_the_handler_recorded_is_not_recorded_twice(
    api: ApiFixture, shop: tuple[ProjectId, Caller, Caller]
) -> None:
    project, manager, _ = shop
    assert await paints(manager, project, ids.make(), "pink") == 403
    actions = [(entry["action"], entry["result"]) for entry in await audit_entries(api)]
    assert sorted(actions) == [("thing.painted", "ok"), ("thing.stolen", "denied")]


async def test_a_refused_attempt_is_recorded_for_the_project_only_when_its_own_member_made_it(
    api: ApiFixture, shop: tuple[ProjectId, Caller, Caller]
) -> None:
    project, _, agent = shop
    stranger = await api.sign_in(await api.person("Eve"))
    await forget(api)
    thing = ids.make()
    assert await paints(agent, project, thing, "red") == 403
    assert await paints(stranger, project, thing, "red") == 404
    assert await paints(api.anonymous(), project, thing, "red") == 401
    assert await paints(stranger, ids.make(), thing, "red") == 404
    entries = await audit_entries(api)
    assert [(entry["actor_name"], entry["project_id"]) for entry in entries] == [
        ("Ben", project),
        ("Eve", None),
        ("", None),
        ("Eve", None),
    ]
    assert [entry["changes"]["reason"] for entry in entries] == [
        "forbidden",
        "not_found",
        "unauthenticated",
        "not_found",
    ]
    assert {(entry["action"], entry["result"], entry["entity_id"]) for entry in entries} == {
        ("thing.kept", "denied", thing)
    }


async def test_undeclared_fields_and_declared_secrets_never_reach_the_table(api: ApiFixture) -> None:
    assert (
        await api.anonymous().post("/api/v1/things", {"colour": "red", "password": "canary 1"})
    ).status == 204
    assert (await api.anonymous().post("/api/v1/things", {"colour": "broken"})).status == 500
    assert (await api.anonymous().post("/api/v1/things", {"colour": 5, "note": "canary 2"})).status == 422
    entries = await audit_entries(api)
    assert [(entry["result"], entry["changes"]) for entry in entries] == [
        ("ok", {"colour": "red", "password": "[redacted]"}),
        ("failed", {"colour": "broken", "password": "[redacted]", "reason": "internal"}),
        ("failed", {"reason": "invalid"}),
    ]
    assert "canary" not in str([dict(entry) for entry in entries])


async def test_the_wrapper_records_a_change_of_a_conversation(
    api: ApiFixture, shop: tuple[ProjectId, Caller, Caller]
) -> None:
    project, _, agent = shop
    _, conversation = await api.writes(project, "Hi")
    answer = await agent.put(of(project, f"/conversations/{text(conversation)}/status"), {"status": "solved"})
    assert answer.status == 200
    (entry,) = await audit_entries(api)
    assert (entry["action"], entry["entity_id"]) == ("conversation.status_changed", conversation)
    assert (entry["result"], entry["changes"]) == ("ok", {"status": "solved"})


async def test_an_entry_that_cannot_be_written_now_is_written_later_and_no_request_fails(
    api: ApiFixture, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_queue, "DEADLINE", 0.05)
    monkeypatch.setattr(audit_queue, "PAUSE", 0.0)
    late = counters[Metric.AUDIT_LATE]
    async with api.context.database.transaction() as conn:
        await conn.execute("LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE")
        for colour in ("red", "green", "blue"):
            assert (await api.anonymous().post("/api/v1/things", {"colour": colour})).status == 204
        assert counters[Metric.AUDIT_LATE] == late + 3
    assert (await api.anonymous().get("/livez")).status == 200
    entries = await audit_entries(api)
    assert [entry["changes"]["colour"] for entry in entries] == ["red", "green", "blue"]


async def test_the_queue_is_bounded_and_dropped_entries_are_counted(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_queue, "DEADLINE", 0.05)
    monkeypatch.setattr(audit_queue, "MAX_QUEUE", 2)
    lost = counters[Metric.AUDIT_LOST]
    async with api.context.database.transaction() as conn:
        await conn.execute("LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE")
        for colour in ("red", "green", "blue"):
            assert (await api.anonymous().post("/api/v1/things", {"colour": colour})).status == 204
    assert counters[Metric.AUDIT_LOST] == lost + 1


async def test_an_entry_that_can_never_be_written_does_not_block_others(
    api: ApiFixture, stack: Stack
) -> None:
    lost = counters[Metric.AUDIT_LOST]
    stack.sql(
        "ALTER TABLE audit_log ADD CONSTRAINT never CHECK (changes ->> 'colour' IS DISTINCT FROM 'red')"
    )
    try:
        for colour in ("red", "green"):
            assert (await api.anonymous().post("/api/v1/things", {"colour": colour})).status == 204
    finally:
        stack.sql("ALTER TABLE audit_log DROP CONSTRAINT never")
    assert counters[Metric.AUDIT_LOST] == lost + 1
    assert [entry["changes"]["colour"] for entry in await audit_entries(api)] == ["green"]


async def test_a_flood_of_refused_requests_does_not_flood_the_table(api: ApiFixture) -> None:
    project, thing, skipped = ids.make(), ids.make(), counters[Metric.AUDIT_SKIPPED]
    for _ in range(audit_queue.REFUSALS.times + 5):
        assert await paints(api.anonymous(), project, thing, "red") == 401
    assert len(await audit_entries(api)) == audit_queue.REFUSALS.times
    assert counters[Metric.AUDIT_SKIPPED] == skipped + 5
