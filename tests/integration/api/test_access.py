"""Every route against everybody: the matrix is generated from the route table, so a new route is in it."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from core.ids import ProjectId
from server.api.app import RESOURCES
from server.api.calls import Access
from server.api.routes import ROOT, Route
from tests.integration.api.world import PAGE, Answer, Caller, World, text

ROUTES = [route for resource in RESOURCES for route in resource.all if route.path.startswith(ROOT)]
BODIES: dict[str, Any] = {
    "login": {"email": "nobody@shop.example", "password": "not the password"},
    "change_status": {"status": "open"},
    "assign_conversation": {"assignee_id": None},
    "mark_read": {"seq": 1},
    "type_in_conversation": {"on": False},
}
PEOPLE = ("nobody", "stranger", "foreign_agent", "agent", "manager")
MEMBERS = {"agent", "manager"}
SIGNED_IN = {"stranger", "foreign_agent", "agent", "manager"}


@dataclass
class Stage:
    """Who calls, and what they call about."""

    callers: dict[str, Caller]
    ids: dict[str, str]
    project: ProjectId
    key: str


@pytest.fixture
async def stage(world: World) -> Stage:
    project, other = await world.project("Shop"), await world.project("Other", "other.example")
    visitor, conversation = await world.writes(project, "Hello")
    people = {
        "stranger": await world.person("Stranger"),
        "foreign_agent": await world.person("Foreign", manager=other),
        "agent": await world.person("Agent", agent=project),
        "manager": await world.person("Manager", manager=project),
    }
    callers = {name: await world.sign_in(person) for name, person in people.items()}
    callers["nobody"] = world.nobody()
    ids = {"project": text(project), "conversation": text(conversation), "visitor": text(visitor)}
    return Stage(callers, ids, project, world.key(project, visitor))


async def ask(
    route: Route, caller: Caller, ids: dict[str, str], headers: dict[str, str] | None = None
) -> Answer:
    body = BODIES.get(route.name)
    if route.name == "reply":
        body = {"ref": str(uuid4()), "body": "Hi"}
    return await caller.call(route.method, route.path.format(**ids), body, headers)


def allowed(route: Route, who: str) -> bool:
    match route.access:
        case Access.AGENT:
            return who in MEMBERS
        case Access.MANAGER:
            return who == "manager"
        case Access.SIGNED_IN:
            return who in SIGNED_IN
        case _:
            return True


@pytest.mark.parametrize("who", PEOPLE)
async def test_every_route_admits_whom_it_declares_and_nobody_else(stage: Stage, who: str) -> None:
    caller = stage.callers[who]
    for route in ROUTES:
        if route.access in {Access.PAGE, Access.VISITOR, Access.COOKIE}:
            continue
        answer = await ask(route, caller, stage.ids)
        where = f"{who}: {route.method} {route.path}: {answer.status} {answer.body[:200]!r}"
        if route.name == "login":
            assert answer.status == 401, where
        elif allowed(route, who):
            assert 200 <= answer.status < 300, where
        elif who == "nobody":
            assert (answer.status, answer.json["code"]) == (401, "unauthenticated"), where
        else:
            assert (answer.status, answer.json["code"]) == (404, "not_found"), where


async def test_foreign_and_absent_things_give_the_same_404(world: World, stage: Stage) -> None:
    other = await world.project("Third", "third.example")
    visitor, conversation = await world.writes(other, "Secret")
    agent = stage.callers["agent"]
    foreign = {"conversation": text(conversation), "visitor": text(visitor)}
    bodies = set()
    for route in ROUTES:
        if route.access is not Access.AGENT:
            continue
        for changed in (
            {"project": text(other), **foreign},
            {"project": str(uuid4())},
            {"project": "not-an-id"},
            *([{"conversation": foreign["conversation"]}] if "conversation" in route.parameters else []),
            *([{"conversation": str(uuid4())}] if "conversation" in route.parameters else []),
            *([{"visitor": foreign["visitor"]}] if "visitor" in route.parameters else []),
        ):
            answer = await ask(route, agent, stage.ids | changed)
            assert answer.status == 404, f"{route.method} {route.path} with {changed}: {answer.status}"
            bodies.add(answer.body)
    nowhere = await agent.get("/api/v1/nothing/here")
    assert bodies == {nowhere.body}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": PAGE}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Referer": "http://127.0.0.1:8000/demo"}, 200),
        ({"Referer": "https://evil.example/demo"}, 403),
    ],
)
async def test_public_routes_answer_the_pages_of_the_project(
    stage: Stage, headers: dict[str, str], status: int
) -> None:
    caller = stage.callers["nobody"]
    for route in ROUTES:
        if route.access not in {Access.PAGE, Access.VISITOR}:
            continue
        key = {"Authorization": f"Visitor {stage.key}"} if route.access is Access.VISITOR else {}
        answer = await ask(route, caller, stage.ids, headers | key)
        assert answer.status == status, f"{route.path}: {answer.body!r}"
        echoed = answer.headers.get("Access-Control-Allow-Origin")
        assert echoed == (headers.get("Origin") if status == 200 else None)
        assert "Origin" in answer.headers["Vary"]


async def test_a_browser_is_told_beforehand_what_it_may_send(stage: Stage) -> None:
    caller, path = stage.callers["nobody"], f"/api/v1/public/projects/{stage.ids['project']}/messages"
    good = await caller.call("OPTIONS", path, headers={"Origin": PAGE})
    assert good.status == 204
    assert good.headers["Access-Control-Allow-Origin"] == PAGE
    assert good.headers["Access-Control-Allow-Headers"] == "authorization"
    assert (await caller.call("OPTIONS", path, headers={"Origin": "https://evil.example"})).status == 403


@pytest.mark.parametrize(
    "authorization", ["", "Visitor", "Visitor x", "Bearer x", "visitor {other}", "Visitor {forged}"]
)
async def test_history_needs_a_key_of_this_project(world: World, stage: Stage, authorization: str) -> None:
    other = await world.project("Elsewhere")
    forged = stage.key[:-4] + ("AAAA" if not stage.key.endswith("AAAA") else "BBBB")
    sent = authorization.format(other=world.key(other, (await world.writes(other, "x"))[0]), forged=forged)
    answer = await stage.callers["nobody"].get(
        f"/api/v1/public/projects/{stage.ids['project']}/messages", Origin=PAGE, Authorization=sent
    )
    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE  # or the widget could not read why


async def test_tokens_are_good_for_their_own_use_only(stage: Stage) -> None:
    agent = stage.callers["agent"]
    ticket = (await agent.post(f"/api/v1/projects/{stage.ids['project']}/socket-tickets")).json["ticket"]
    for token in (ticket, stage.key, "", "a.b.c", agent.token[:-2] if agent.token else ""):
        answer = await agent.get("/api/v1/me", Authorization=f"Bearer {token}")
        assert (answer.status, answer.json["code"]) == (401, "unauthenticated")


async def test_who_leaves_a_project_is_a_stranger_at_once(world: World, stage: Stage) -> None:
    agent, path = stage.callers["agent"], f"/api/v1/projects/{stage.ids['project']}"
    assert (await agent.get(path)).status == 200
    async with world.context.database.transaction() as conn:
        await conn.execute("DELETE FROM memberships WHERE project_id = $1 AND role = 'agent'", stage.project)
    assert (await agent.get(path)).status == 404
