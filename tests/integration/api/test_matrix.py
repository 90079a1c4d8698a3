"""Every route of the route table, called by every kind of caller and with every kind of foreign id."""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_args
from uuid import uuid4

import msgspec
import pytest

from core.identity.api_keys import Scope
from server.api import app
from server.api.http.calls import Access
from server.api.http.routes import Route, Routes
from server.api.openapi import document
from tests import canaries
from tests.integration.api.api_fixture import Answer, ApiFixture, Caller, text
from tests.integration.api.factories import (
    CANARY,
    OF_A_PROJECT,
    PAGES,
    ROUTES,
    FilledProject,
    api_key,
    ask,
    body,
    filled_project,
    path,
)
from tests.integration.api.fingerprints import fingerprint
from tests.stack import Stack

PEOPLE = ("anonymous", "stranger", "foreign_agent", "foreign_manager", "agent", "manager", "admin")
KEYS = (
    "foreign_key",
    "key_without",
    "key",
)  # API keys: of another project, without a needed scope, with all scopes
SCOPES = get_args(Scope)
LOGGED_BY_ITEM = {"change_conversations": "conversation.status_changed"}  # the action of the example's items
OPEN = {Access.PUBLIC, Access.PAGE, Access.VISITOR, Access.COOKIE}


@dataclass
class Stage:
    """The callers, their own project and a foreign project."""

    callers: dict[str, Caller]
    shop: FilledProject
    other: FilledProject


@pytest.fixture
async def stage(api: ApiFixture) -> Stage:
    shop, other = await filled_project(api, "Shop"), await filled_project(api, "Other")
    callers = {who: await caller_of(api, who, shop, other) for who in PEOPLE + KEYS}
    return Stage(callers, shop, other)


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return {}


@pytest.fixture
async def shared_stage(api: ApiFixture, made: dict[str, Any]) -> Stage:
    """One for all tests that change nothing in it: its two projects and ten callers cost a second of CPU."""
    if "stage" not in made:
        shop, other = await filled_project(api, "Shop"), await filled_project(api, "Other")
        callers = {who: await caller_of(api, who, shop, other) for who in PEOPLE + KEYS}
        made["stage"] = shop, other, {who: caller.token for who, caller in callers.items()}
    shop, other, tokens = made["stage"]
    stage = Stage({who: api.anonymous() for who in tokens}, shop, other)
    for who, caller in stage.callers.items():
        caller.token = tokens[who]
    return stage


async def caller_of(api: ApiFixture, who: str, shop: FilledProject, other: FilledProject) -> Caller:
    """A caller of this kind, signed in unless anonymous."""
    if who == "anonymous":
        return api.anonymous()
    if who in KEYS:
        filled, scopes = other if who == "foreign_key" else shop, SCOPES if who != "key_without" else ["none"]
        caller = api.anonymous()
        caller.token = await api_key(api, filled.project, scopes)
        return caller
    roles = {
        "foreign_agent": {"agent": other.project},
        "foreign_manager": {"manager": other.project},
        "agent": {"agent": shop.project},
        "manager": {"manager": shop.project},
    }
    person = await api.person(who.capitalize(), **roles.get(who, {}))
    if who == "admin":
        async with api.context.database.transaction() as conn:
            await conn.execute("UPDATE users SET is_admin = true WHERE id = $1", person.id)
    return await api.sign_in(person)


def expected(route: Route, who: str) -> str:
    """`admitted`, or the code of the refusal."""
    if route.access in OPEN:
        return "admitted"
    if who == "anonymous":
        return "unauthenticated"
    if who in KEYS:
        if route.scope is None or who == "foreign_key":
            return "unauthenticated"
        return "forbidden" if who == "key_without" else "admitted"
    if route.access is Access.ADMIN:
        return "admitted" if who == "admin" else "forbidden"
    if route.access in OF_A_PROJECT:
        if who not in {"agent", "manager"}:
            return "not_found"
        return "forbidden" if route.access is Access.MANAGER and who == "agent" else "admitted"
    if route.access is Access.SIGNED_IN:
        return "admitted"
    raise AssertionError(f"{route.path}: add here which callers {route.access} admits")


def recorded(routes: Routes, reached: list[str]) -> Routes:
    """The same routes, with handlers that only record that they were reached."""

    def stand_in(name: str) -> Callable[..., Awaitable[Any]]:
        async def handler(*_: Any, **__: Any) -> None:
            reached.append(name)

        return handler

    made = Routes(routes.resource, routes.about)
    made.all = [msgspec.structs.replace(route, handler=stand_in(route.name)) for route in routes.all]
    return made


# The handlers are replaced, so that the test sees the access check only: a handler's own 404 or 409 would
# hide that a caller was admitted wrongly.
@pytest.mark.parametrize("who", PEOPLE + KEYS)
async def test_every_route_admits_the_callers_it_declares_and_no_others(
    api: ApiFixture, shared_stage: Stage, stack: Stack, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    reached: list[str] = []
    monkeypatch.setattr("server.api.openapi.document", lambda _, **__: b"{}")
    resources = tuple(recorded(routes, reached) for routes in app.RESOURCES)
    behind = ApiFixture(app.create(api.context, resources=resources), api.context)
    caller = Caller(behind)
    caller.token = shared_stage.callers[who].token
    wrong = []
    for route in ROUTES:
        stack.redis("FLUSHALL")
        reached.clear()
        answer = await ask(route, caller, shared_stage.shop)
        code = "admitted" if reached == [route.name] else (answer.json or {}).get("code")
        if (reached and code != "admitted") or code != expected(route, who):
            said = answer.body[:200].decode()
            wrong.append(f"{route.method} {route.path} ({route.access.value}): {answer.status} {said}")
    assert wrong == [], f"{who}: admitted or refused against the declaration"


@pytest.mark.parametrize("who", ["anonymous", "stranger", "foreign_manager", "admin", "foreign_key"])
async def test_outsiders_can_neither_read_nor_change_a_project(
    api: ApiFixture, shared_stage: Stage, stack: Stack, who: str
) -> None:
    before = await fingerprint(api, shared_stage.shop)
    leaks = []
    for route in ROUTES:
        if "project" not in route.parameters or route.access in PAGES:
            continue
        stack.redis("FLUSHALL")
        answer = await ask(route, shared_stage.callers[who], shared_stage.shop)
        if answer.status < 400 or CANARY.encode() in answer.body:
            leaks.append(f"{route.method} {route.path}: {answer.status}")
    assert leaks == []
    assert await fingerprint(api, shared_stage.shop) == before


def strangers_ids(route: Route, stage: Stage) -> list[dict[str, str]]:
    """Foreign and absent ids for each parameter of a path, one at a time and all together."""
    places = [name for name in route.parameters if ":" not in name]
    made = [{place: stage.other.ids[place]} for place in places]
    made += [{place: str(uuid4())} for place in places]
    made += [{place: stage.other.ids[place].upper()} for place in places]
    if len(places) > 1:
        made.append({place: stage.other.ids[place] for place in places})
    return made


async def test_foreign_and_absent_ids_get_the_same_404_byte_for_byte(
    api: ApiFixture, stage: Stage, stack: Stack
) -> None:
    nowhere = await stage.callers["manager"].get("/api/v1/nothing/here")
    assert nowhere.status == 404
    before = await fingerprint(api, stage.other)
    wrong = []
    for route in ROUTES:
        if route.access in OPEN or not route.parameters:
            continue
        if route.access is Access.ADMIN:
            await absent_to_the_admin(route, stage, nowhere.body)
            continue
        path(route, stage.shop.ids)  # fails with instructions for a parameter that factories.py does not know
        limits = set()
        for changed in strangers_ids(route, stage):
            stack.redis("FLUSHALL")
            answer = await ask(route, stage.callers["manager"], stage.shop, names=stage.shop.ids | changed)
            limits.add(answer.headers.get("ratelimit-policy"))
            same = (answer.status, answer.body) == (404, nowhere.body)
            if not same or headers(answer) != headers(nowhere):
                wrong.append(
                    f"{route.method} {route.path} with {changed}: {answer.status} {answer.body[:200]!r}"
                )
        assert len(limits) <= 1, f"{route.method} {route.path}: {limits}"
    assert wrong == [], "the response for a foreign or absent id differs from that for an unknown path"
    assert await fingerprint(api, stage.other) == before


def headers(answer: Answer) -> dict[str, str]:
    """All but the id, which always differs, and the limit, which an unknown path does not have."""
    apart = {"x-request-id", "ratelimit", "ratelimit-policy"}
    return {name: value for name, value in answer.headers.items() if name.lower() not in apart}


async def absent_to_the_admin(route: Route, stage: Stage, nowhere: bytes) -> None:
    """An admin may name any user; an absent id is a 404 for an admin too."""
    names = {name: str(uuid4()) for name in route.parameters}
    answer = await ask(route, stage.callers["admin"], stage.shop, names=names)
    assert (answer.status, answer.body) == (404, nowhere), f"{route.method} {route.path}: {answer.body!r}"


async def test_an_api_key_cannot_distinguish_foreign_ids_from_absent_ones(
    api: ApiFixture, stage: Stage, stack: Stack
) -> None:
    before = await fingerprint(api, stage.other)
    for route in ROUTES:
        if route.scope is None:
            continue
        answers = set()
        for changed in strangers_ids(route, stage):
            stack.redis("FLUSHALL")
            answer = await ask(route, stage.callers["key"], stage.shop, names=stage.shop.ids | changed)
            assert answer.status == (401 if "project" in changed else 404), f"{route.path}: {answer.body!r}"
            answers.add(answer.body)
        assert len(answers) <= 2, f"{route.method} {route.path} distinguishes foreign ids: {answers}"
    assert await fingerprint(api, stage.other) == before


@functools.cache
def documented() -> dict[str, set[int]]:
    """The statuses that the OpenAPI document names, by operation."""
    paths = msgspec.json.decode(document(app.RESOURCES, secure=True))["paths"]
    return {
        one["operationId"]: {int(s) for s in one["responses"]}
        for way in paths.values()
        for one in way.values()
    }


LEAST = {
    Access.AGENT: "agent",
    Access.MANAGER: "manager",
    Access.SIGNED_IN: "stranger",
    Access.ADMIN: "admin",
}


async def own_message(caller: Caller, shop: FilledProject, scope: str) -> dict[str, str]:
    """A key edits and removes only what it wrote itself, so one that may write begins with a message."""
    if scope != "messages:write":
        return {}
    way = f"/api/v1/projects/{shop.ids['project']}/conversations/{shop.ids['conversation']}/messages"
    written = await caller.post(way, {"ref": str(uuid4()), "body": "On its way."})
    assert written.status == 201, written.body
    return {"message": written.json["id"]}


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_scope_admits_to_the_routes_that_name_it_and_to_no_others(
    api: ApiFixture, stack: Stack, scope: str
) -> None:
    shop, caller = await filled_project(api, "Shop"), api.anonymous()
    caller.token = await api_key(api, shop.project, [scope])
    names = shop.ids | await own_message(caller, shop, scope)
    for route in ROUTES:
        if route.scope is not None:
            stack.redis("FLUSHALL")
            answer = await ask(route, caller, shop, names=names)
            code = (answer.json or {}).get("code") if answer.status >= 400 else ""
            assert (code == "forbidden") == (route.scope != scope), f"{route.path}: {answer.body!r}"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_the_example_of_a_route_gets_a_documented_response(
    api: ApiFixture, made: dict[str, Any], route: Route
) -> None:
    # What is only read is made once: it costs 0.2 s of CPU.
    shop = (made.get("read") if route.method == "GET" else None) or await filled_project(api, "Shop")
    if route.method == "GET":
        made["read"] = shop
    async with api.context.database.connection() as conn:
        await conn.execute("DELETE FROM audit_log")
    answer = await ask(route, await caller_of(api, LEAST.get(route.access, "anonymous"), shop, shop), shop)
    said = f"{answer.status} {answer.body[:200]!r}"
    assert answer.status < 500, said
    assert answer.status in documented()[route.name], f"{said}: declare it with `problems=` or `also=`"
    if answer.status < 300 and route.answer is not None:
        assert answer.body, said
    if route.audit is not None:
        await assert_audited(api, route, answer.status)


# Their examples succeed and change nothing here: there is no cookie, or the member already has the role.
NOTHING_DONE = {"logout", "change_role"}


async def assert_audited(api: ApiFixture, route: Route, status: int) -> None:
    """Done or refused, the action is in the audit log under its name, without secrets of the request."""
    assert route.audit is not None
    async with api.context.database.connection() as conn:
        rows = await conn.fetch(
            "SELECT action, result, changes::text FROM audit_log ORDER BY id DESC LIMIT 3"
        )
    actions = {(row[0], row[1] == "ok") for row in rows}
    name = route.audit.action if status < 300 else route.audit.refused or route.audit.action
    if status < 300 and route.name in LOGGED_BY_ITEM:
        assert any(action == LOGGED_BY_ITEM[route.name] for action, _ in actions)
    elif (status == route.status and route.name not in NOTHING_DONE) or status >= 400:
        assert (name, status < 300) in actions, f"{status}, but the log has {actions or 'no entry'}"
    secrets: list[str] = [value for key, value in (body(route) or {}).items() if key in canaries.NAMES]
    assert not [secret for secret in secrets for row in rows if str(secret) in row[2]]


async def test_upper_case_ids_are_the_same_ids(stage: Stage) -> None:
    agent, shop = stage.callers["agent"], stage.shop
    answer = await agent.get(f"/api/v1/projects/{text(shop.project).upper()}")
    assert answer.json["id"] == text(shop.project)
