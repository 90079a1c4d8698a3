"""Invalid input: the response is a problem with a stable code, never an exception or a failed statement."""

import logging
import time
from typing import Any
from uuid import uuid4

import pytest

from core.telemetry.metrics import Metric, counters
from server.api.app import RESOURCES
from server.api.http.problems import CATALOGUE
from tests.integration.api.api_fixture import ApiFixture, Caller, of, text

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def desk(api: ApiFixture) -> tuple[Caller, str]:
    """An agent, and the path of a conversation."""
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    _, conversation = await api.writes(project, "Hi")
    return me, of(project, f"/conversations/{text(conversation)}")


def ref() -> str:
    return str(uuid4())


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ref": "x", "body": "Hi"},
        {"ref": ref()},
        {"body": "Hi"},
        {"ref": ref(), "body": ""},
        {"ref": ref(), "body": "x" * 5_001},
        {"ref": ref(), "body": "a\x00b"},
        {"ref": ref(), "body": 5},
        {"ref": ref(), "body": None},
        {"ref": ref(), "body": "Hi", "kind": "system"},
        {"ref": ref(), "body": "Hi", "author": "Mai"},
        {"ref": ref(), "body": "Hi", "project": ref()},
        [],
        "text",
        5,
    ],
)
async def test_an_invalid_reply_is_refused_and_nothing_is_stored(desk: tuple[Caller, str], body: Any) -> None:
    me, path = desk
    answer = await me.post(path + "/messages", body)
    assert (answer.status, answer.json["code"]) == (422, "invalid"), answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (await me.get(path)).json["last_seq"] == 1


async def test_the_response_names_every_invalid_field(desk: tuple[Caller, str]) -> None:
    me, path = desk
    answer = await me.post(path + "/messages", {"body": "", "author": "Mai"})
    assert [(one["field"], one["code"]) for one in answer.json["errors"]] == [
        ("ref", "required"),
        ("body", "too_short"),
        ("author", "unknown"),
    ]
    assert all(one["detail"] for one in answer.json["errors"])
    answer = await me.get(path + "/messages?limit=0&limit=1")
    assert [(one["field"], one["code"]) for one in answer.json["errors"]] == [("limit", "twice")]
    answer = await me.get(path + "/messages?limit=0")
    assert [(one["field"], one["code"]) for one in answer.json["errors"]] == [("limit", "out_of_range")]


@pytest.mark.parametrize(
    ("route", "body"),
    [
        ("PUT /status", {"status": "closed"}),
        ("PUT /status", {"status": "open", "extra": 1}),
        ("PUT /assignee", {}),
        ("PUT /assignee", {"assignee_id": "me"}),
        ("POST /read", {"seq": -1}),
        ("POST /read", {"seq": 2**53}),
        ("POST /read", {"seq": "1"}),
        ("POST /read", {"seq": 1.5}),
        ("POST /typing", {"on": 1}),
    ],
)
async def test_invalid_changes_are_refused(desk: tuple[Caller, str], route: str, body: Any) -> None:
    me, path = desk
    method, _, rest = route.partition(" ")
    answer = await me.call(method, path + rest, body)
    assert (answer.status, answer.json["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (b"{", JSON, 400),
        (b"", JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (b"[" * 60_000, JSON, 422),
        (b'{"ref":"' + ref().encode() + b'","body":"\\ud800"}', JSON, 400),
        (b'{"ref":"' + ref().encode() + b'","body":"\xed\xa0\x80"}', JSON, 400),
        (b'{"ref": "x"}', {"Content-Type": "text/plain"}, 415),
        (b"ref=x", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b'{"ref": "x"}', {}, 415),
        (b" " * (64 * 1024 + 1), JSON, 413),
    ],
    ids=range(10),
)
async def test_a_body_that_is_not_the_expected_json_is_refused(
    desk: tuple[Caller, str], data: bytes, headers: dict[str, str], status: int
) -> None:
    me, path = desk
    answer = await me.call("POST", path + "/messages", headers=headers, data=data)
    assert answer.status == status, answer.body
    assert answer.json["status"] == status
    assert answer.json["code"] in CATALOGUE


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "/api/v1/me", 405),
        ("PUT", "/api/v1/projects", 405),
        ("GET", "/api/v1/auth/login", 405),
        ("GET", "/api/v2/me", 404),
        ("GET", "/api/v1/projects/../../etc/passwd", 404),
        ("GET", "/widget/../server/__init__.py", 404),
        ("GET", "/widget/%2e%2e%2fpyproject.toml", 404),
        ("GET", "/widget/.npmrc", 404),
        ("GET", "/widget/manifest.json", 404),
    ],
)
async def test_invalid_urls_are_problems_too(
    desk: tuple[Caller, str], method: str, path: str, status: int
) -> None:
    answer = await desk[0].call(method, path)
    assert (answer.status, answer.json["status"]) == (status, status)


async def test_an_internal_error_is_logged_and_not_shown_to_the_caller(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the secret of the server")

    me = await api.sign_in(await api.person("Mai"))
    monkeypatch.setattr("server.api.identity.views.user", broken)
    before = counters[Metric.REQUESTS_FAILED]
    with caplog.at_level(logging.ERROR, "parley"):
        answer = await me.get("/api/v1/me")
    assert (answer.status, answer.json["code"]) == (500, "internal")
    assert b"secret" not in answer.body
    assert counters[Metric.REQUESTS_FAILED] == before + 1
    assert caplog.records[-1].getMessage() == "request.failed"


async def test_too_many_calls_are_refused_with_retry_after(api: ApiFixture) -> None:
    me, began = api.anonymous(), time.monotonic()
    for calls in range(1, 200):
        body = {"email": f"x{calls}@shop.example", "password": "x"}
        answer = await me.post("/api/v1/auth/login", body)
        if answer.status == 429:
            break
        assert answer.status == 401
    # The window slides: of the 60 calls of a minute, one is given back each second.
    assert 60 < calls <= 61 + (time.monotonic() - began)
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert answer.json["code"] == "rate_limited"


def test_every_route_has_an_access_rule_a_rate_limit_and_a_description() -> None:
    routes = [route for resource in RESOURCES for route in resource.all]
    assert len({route.name for route in routes}) == len(routes)
    for route in routes:
        assert route.summary
        assert route.limit.times > 0 or route.path in {"/livez", "/readyz"}
        assert ("{project}" in route.path) == (
            route.access.value in {"page", "visitor", "project_agent", "project_manager"}
        )


async def test_only_declared_routes_are_mounted(api: ApiFixture) -> None:
    declared = {route.name for resource in RESOURCES for route in resource.all}
    for rule in api.app.url_map.iter_rules():
        name = rule.endpoint.rpartition(".")[2].removeprefix("preflight_")
        assert name in declared, rule
