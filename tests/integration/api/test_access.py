"""Allowed origins of requests and the purposes of tokens; test_matrix.py tests who may call which route."""

from dataclasses import dataclass

import pytest

from core.ids import ProjectId, make
from server.api.app import RESOURCES
from server.api.http.calls import Access
from server.api.http.routes import ROOT
from tests import published
from tests.integration.api.api_fixture import PAGE, ApiFixture, Caller, text
from tests.integration.api.factories import path, query

ROUTES = [route for resource in RESOURCES for route in resource.all if route.path.startswith(ROOT)]


@dataclass
class Stage:
    """The callers, and the ids that they ask for."""

    callers: dict[str, Caller]
    ids: dict[str, str]
    project: ProjectId
    key: str


@pytest.fixture
async def stage(api: ApiFixture) -> Stage:
    project = await api.project("Shop")
    visitor, conversation = await api.writes(project, "Hello")
    people = {
        "agent": await api.person("Agent", agent=project),
    }
    callers = {name: await api.sign_in(person) for name, person in people.items()}
    callers["anonymous"] = api.anonymous()
    async with api.context.database.transaction() as conn:
        article = await published.add(conn, project, "Delivery", "Within three days.")
    ids = {"project": text(project), "conversation": text(conversation), "visitor": text(visitor)}
    ids |= {"article": text(article), "attachment": text(make())}
    return Stage(callers, ids, project, api.key(project, visitor))


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
    caller = stage.callers["anonymous"]
    for route in ROUTES:
        if route.access not in {Access.PAGE, Access.VISITOR}:
            continue
        key = {"Authorization": f"Visitor {stage.key}"} if route.access is Access.VISITOR else {}
        target = path(route, stage.ids) + query(route, stage.ids)
        answer = await caller.call(route.method, target, headers=headers | key)
        # Past the check of the page, a request without a body and for nothing that exists gets no further.
        answered = {403} if status == 403 else {200, 404, 415}
        assert answer.status in answered, f"{route.path}: {answer.body!r}"
        echoed = answer.headers.get("Access-Control-Allow-Origin")
        # A refused page may read the refusal and nothing else: otherwise its widget would keep retrying.
        shown = headers.get("Origin", "*" if answer.status == 404 else None)
        assert echoed == (shown if status == 200 else "*")
        assert status == 200 or answer.json["code"] == "origin"
        assert "Origin" in answer.headers["Vary"]


async def test_a_page_may_read_that_its_project_does_not_exist(stage: Stage) -> None:
    path = "/api/v1/public/projects/00000000-0000-7000-8000-000000000000/settings"
    answer = await stage.callers["anonymous"].get(path, Origin=PAGE)
    assert (answer.status, answer.json["code"]) == (404, "not_found")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_preflight_lists_what_a_browser_may_send(stage: Stage) -> None:
    caller, path = stage.callers["anonymous"], f"/api/v1/public/projects/{stage.ids['project']}/messages"
    good = await caller.call("OPTIONS", path, headers={"Origin": PAGE})
    assert good.status == 204
    assert good.headers["Access-Control-Allow-Origin"] == PAGE
    assert good.headers["Access-Control-Allow-Headers"] == "authorization"
    assert (await caller.call("OPTIONS", path, headers={"Origin": "https://evil.example"})).status == 403


@pytest.mark.parametrize(
    "authorization", ["", "Visitor", "Visitor x", "Bearer x", "visitor {other}", "Visitor {forged}"]
)
async def test_history_needs_a_key_of_this_project(api: ApiFixture, stage: Stage, authorization: str) -> None:
    other = await api.project("Elsewhere")
    forged = stage.key[:-4] + ("AAAA" if not stage.key.endswith("AAAA") else "BBBB")
    sent = authorization.format(other=api.key(other, (await api.writes(other, "x"))[0]), forged=forged)
    answer = await stage.callers["anonymous"].get(
        f"/api/v1/public/projects/{stage.ids['project']}/messages", Origin=PAGE, Authorization=sent
    )
    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE  # so the widget reads why


async def test_a_token_works_for_its_own_purpose_only(stage: Stage) -> None:
    agent = stage.callers["agent"]
    ticket = (await agent.post(f"/api/v1/projects/{stage.ids['project']}/socket-tickets")).json["ticket"]
    for token in (ticket, stage.key, "", "a.b.c", agent.token[:-2] if agent.token else ""):
        answer = await agent.get("/api/v1/me", Authorization=f"Bearer {token}")
        assert (answer.status, answer.json["code"]) == (401, "unauthenticated")


async def test_a_member_who_leaves_a_project_loses_access_at_once(api: ApiFixture, stage: Stage) -> None:
    agent, path = stage.callers["agent"], f"/api/v1/projects/{stage.ids['project']}"
    assert (await agent.get(path)).status == 200
    async with api.context.database.transaction() as conn:
        await conn.execute("DELETE FROM memberships WHERE project_id = $1 AND role = 'agent'", stage.project)
    assert (await agent.get(path)).status == 404
