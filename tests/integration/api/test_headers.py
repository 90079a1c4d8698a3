"""Security headers of every response, limits for other sites, and refusals as problem documents."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from core.bus import connection
from core.config import settings
from server.aio import open_loop
from server.api import app
from server.api.http.calls import Access
from server.api.http.problems import CATALOGUE, MEDIA_TYPE
from server.context import Context
from server.pool import open_database
from server.reading.pool import open_read_pool
from tests.integration.api.api_fixture import OURS, PAGE, Answer, ApiFixture
from tests.integration.api.factories import ROUTES, FilledProject, ask, filled_project, path
from tests.stack import Stack

EVIL = "https://evil.example"
COOKIES = [route for route in ROUTES if route.access is Access.COOKIE]
WITH_BODY = [route for route in ROUTES if route.body is not None and route.access is Access.PUBLIC]


@pytest.fixture(scope="module")
def made() -> list[FilledProject]:
    return []


@pytest.fixture
async def filled(api: ApiFixture, made: list[FilledProject]) -> FilledProject:
    """One for the module, as it costs 0.2 s of CPU: callers here are not signed in and change none of it."""
    if not made:
        made.append(await filled_project(api, "Shop"))
    return made[0]


def assert_security_headers(answer: Answer) -> None:
    """The security headers that every response has."""
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] in {"same-origin", "cross-origin"}
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Server" not in headers


def assert_problem(answer: Answer, status: int) -> None:
    """A problem of RFC 9457 with a code of the catalogue, not cacheable, with the security headers."""
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["status"] == status
    assert CATALOGUE[answer.json["code"]].status == status
    assert {"type", "title", "detail"} <= answer.json.keys()
    assert_security_headers(answer)


async def test_every_response_has_the_security_headers_and_allows_no_other_site(
    api: ApiFixture, filled: FilledProject, stack: Stack
) -> None:
    for route in ROUTES:
        stack.redis("FLUSHALL")
        answer = await ask(route, api.anonymous(), filled, Origin=EVIL)
        assert_security_headers(answer)
        # A customer's page may read why its request is refused.
        refused = "*" if route.access in {Access.PAGE, Access.VISITOR} and answer.status == 403 else None
        assert answer.headers.get("Access-Control-Allow-Origin") == refused, f"{route.method} {route.path}"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        if answer.status >= 400:
            assert_problem(answer, answer.status)


async def test_a_page_of_the_project_may_read_but_never_with_cookies(
    api: ApiFixture, filled: FilledProject, stack: Stack
) -> None:
    for route in ROUTES:
        stack.redis("FLUSHALL")
        answer = await ask(route, api.anonymous(), filled, Origin=PAGE)
        shown = route.access in {Access.PAGE, Access.VISITOR}
        assert answer.headers.get("Access-Control-Allow-Origin") == (PAGE if shown else None), route.path
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "place", ["/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/me", "/api/v1/projects"]
)
async def test_a_preflight_for_the_dashboards_api_is_refused(api: ApiFixture, place: str) -> None:
    asks = {
        "Origin": EVIL,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = await api.anonymous().call("OPTIONS", place, headers=asks)
    assert_problem(answer, 405)
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({"Origin": OURS}, True),
        ({"Origin": OURS, "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({}, False),
        ({"Origin": EVIL}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": OURS + ".evil.example"}, False),
        ({"Origin": OURS.replace("http", "https")}, False),
        ({"Origin": PAGE}, False),
        ({"Origin": EVIL, "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": OURS, "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": OURS, "Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Referer": OURS + "/app"}, False),
    ],
)
@pytest.mark.parametrize("route", COOKIES, ids=lambda route: route.name)
async def test_other_sites_cannot_use_the_cookie(
    api: ApiFixture, filled: FilledProject, route: Any, headers: dict[str, str], good: bool
) -> None:
    answer = await api.anonymous().call(route.method, path(route, filled.ids), headers=headers)
    refused = answer.status == 403 and answer.json["code"] == "origin"
    assert refused is not good, f"{answer.status} {answer.body!r}"


async def test_every_cookie_is_httponly_and_samesite(api: ApiFixture) -> None:
    for route in COOKIES:
        answer = await api.anonymous().call(route.method, route.path, headers={"Origin": OURS})
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert "HttpOnly" in cookie and "SameSite=" in cookie and "Path=/api/v1/" in cookie


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"{}", "application/json", 422),
        (b"[]", "application/json", 422),
        (b"null", "application/json", 422),
        (b'{"__proto__": 1}', "application/json", 422),
        (b"a=b", "application/x-www-form-urlencoded", 415),
        (b"{}", "text/plain", 415),
        (b"{}", "multipart/form-data; boundary=x", 415),
        (b"{}", "application/json; charset=utf-16", 422),
        (b" " * (64 * 1024 + 1), "application/json", 413),
        (b'{"a":' * 20_000, "application/json", 413),
        (b'{"a":' * 10_000, "application/json", None),
    ],
)
@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: route.name)
async def test_an_unexpected_body_is_a_problem(
    api: ApiFixture, filled: FilledProject, route: Any, data: bytes, kind: str, status: int | None
) -> None:
    answer = await api.anonymous().call(
        route.method, path(route, filled.ids), data=data, headers={"Content-Type": kind}
    )
    assert answer.status in {400, 422} if status is None else answer.status == status, answer.body
    assert_problem(answer, answer.status)


@pytest.mark.parametrize(
    ("method", "place", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/projects/not-an-id", 404),
        ("GET", "/api/v1/projects/%00", 404),
        ("GET", "/api/v1//me", 404),
        ("DELETE", "/api/v1/openapi.json", 405),
        ("TRACE", "/api/v1/me", 405),
        ("PROPFIND", "/app", 405),
    ],
)
async def test_an_unknown_url_is_a_problem(api: ApiFixture, method: str, place: str, status: int) -> None:
    answer = await api.anonymous().call(method, place)
    assert_problem(answer, status)
    assert ("Allow" in answer.headers) == (status == 405)


async def test_an_internal_error_is_a_problem_without_its_details(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("postgresql://parley:hunter2@db/parley")

    monkeypatch.setattr("server.api.serving.mount.admit", broken)
    answer = await api.anonymous().get("/api/v1/me")
    assert_problem(answer, 500)
    assert b"hunter2" not in answer.body


class Inline(HTMLParser):
    """Collects what a strict content security policy refuses: inline scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [f"{tag} {name}" for name, _ in attrs if name.startswith("on") or name == "style"]
        if tag in {"style", "iframe", "object", "embed", "base"}:
            self.found.append(tag)
        if tag == "script":
            self.scripts.append(dict(attrs))


@asynccontextmanager
async def world_at(stack: Stack, dist: Path, **given: object) -> AsyncIterator[ApiFixture]:
    environment = stack.environment(**given)
    read = settings.read({k: v for k, v in environment.items() if k.startswith("PARLEY_")})
    async with (
        open_loop(),
        open_database(stack.database_url, size=4) as database,
        open_read_pool(read) as read_pool,
        connection.client(stack.redis_url) as redis,
    ):
        context = Context(read, database, redis, read_pool)
        yield ApiFixture(app.create(context, dist=dist), context)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "dashboard-abc123de.js").write_text("1")
    (tmp_path / "manifest.json").write_text('{"dashboard.js": "dashboard-abc123de.js"}')
    return tmp_path


async def test_the_dashboard_runs_and_styles_nothing_inline(stack: Stack, dist: Path) -> None:
    async with world_at(stack, dist) as api:
        nonces = set()
        for place in ("/app", "/app/x"):
            answer = await api.anonymous().get(place)
            assert_security_headers(answer)
            policy = dict(
                part.strip().partition(" ")[::2]
                for part in answer.headers["Content-Security-Policy"].split(";")
            )
            assert policy["default-src"] == "'none'"
            assert policy["style-src"] == policy["font-src"] == "'self'"
            assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
            for source in policy.values():
                assert not re.search(r"unsafe|\*|https?:|blob:", source), source
            page = Inline()
            page.feed(answer.body.decode())
            (script,) = page.scripts
            assert page.found == []
            assert policy["script-src"] == f"'self' 'nonce-{script['nonce']}'"
            nonces.add(script["nonce"])
        assert len(nonces) == 2


async def test_behind_tls_hsts_is_sent_and_cookies_are_secure(stack: Stack, dist: Path) -> None:
    async with world_at(stack, dist, public_url="https://chat.example") as api:
        for place in ("/app", "/api/v1/me", "/livez", "/nowhere", "/widget.js"):
            answer = await api.anonymous().get(place)
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        person = await api.person("Mai")
        caller = await api.sign_in(person)
        answer = await caller.call("POST", "/api/v1/auth/logout", headers={"Origin": "https://chat.example"})
        assert all("; Secure" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
        assert answer.headers.getlist("Set-Cookie")


async def test_without_tls_no_hsts_is_sent(api: ApiFixture) -> None:
    assert "Strict-Transport-Security" not in (await api.anonymous().get("/app")).headers
