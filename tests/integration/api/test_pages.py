"""Pages, files, health and the OpenAPI document."""

import gzip
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import trio

from core.bus import heartbeats
from server.api import app
from server.api.pages import pages
from server.api.services import readiness
from tests.integration.api.api_fixture import Answer, ApiFixture, of, text
from tests.integration.api.oidc_steps import with_settings
from tests.patience import PATIENCE


@pytest.fixture
def dist(tmp_path: Path, api: ApiFixture) -> Path:
    """A fake build of the front end."""
    names = {
        "widget.js": "widget.js",
        "embed.js": "embed-abc123de.js",
        "dashboard.js": "dashboard-abc123de.js",
        "dashboard.css": "dashboard-0f0f0f0f.css",
    }
    for name in names.values():
        (tmp_path / name).write_text(f"/* {name} */\n" * 20)
    names["dashboard.first"] = "dashboard-chunk-4QV3T7AZ.js dashboard-chunk-CQRJ6R5P.js"
    (tmp_path / "manifest.json").write_text(json.dumps(names))
    (tmp_path / "secret.py").write_text("no")
    api.app = app.create(api.context, dist=tmp_path)
    return tmp_path


async def test_the_dashboard_runs_only_scripts_of_this_build(api: ApiFixture, dist: Path) -> None:
    first, second = (
        await api.anonymous().get("/app", Host="chat.example"),
        await api.anonymous().get("/app/deep/er"),
    )
    policy = first.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "connect-src 'self' ws://chat.example wss://chat.example;" in policy
    assert "frame-ancestors 'none'" in policy
    (nonce,) = re.findall(r"'nonce-([^']+)'", policy)
    page = first.body.decode()
    assert f'<script type="module" src="/widget/dashboard-abc123de.js" nonce="{nonce}"></script>' in page
    assert '<link rel="stylesheet" href="/widget/dashboard-0f0f0f0f.css">' in page
    assert re.findall(r'<link rel="modulepreload" href="([^"]+)">', page) == [
        "/widget/dashboard-chunk-4QV3T7AZ.js",
        "/widget/dashboard-chunk-CQRJ6R5P.js",
    ]
    assert nonce not in second.body.decode()
    assert "{{" not in page
    assert (first.headers["Cache-Control"], first.headers["X-Content-Type-Options"]) == (
        "no-store",
        "nosniff",
    )


async def test_a_forged_host_cannot_change_the_content_security_policy(api: ApiFixture, dist: Path) -> None:
    answer = await api.anonymous().get("/app", Host="evil; script-src *")
    assert "evil" not in answer.headers["Content-Security-Policy"]


async def test_hashed_files_are_immutable_and_the_loader_is_cached_for_five_minutes(
    api: ApiFixture, dist: Path
) -> None:
    caller = api.anonymous()
    loader, embed = await caller.get("/widget.js"), await caller.get("/widget/embed-abc123de.js")
    assert loader.headers["Cache-Control"] == "public, max-age=300"
    assert "immutable" in embed.headers["Cache-Control"]
    for answer in (loader, embed):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Content-Type"].startswith("text/javascript")
        known = answer.headers["ETag"]
    assert (await caller.get("/widget/embed-abc123de.js", **{"If-None-Match": known})).status == 304
    packed = await caller.get("/widget.js", **{"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body) == loader.body
    for name in ("secret.py", "manifest.json", "none.js", "embed-abc123de.js.map"):
        assert (await caller.get(f"/widget/{name}")).status == 404


async def test_a_new_build_is_served_without_a_restart(api: ApiFixture, dist: Path) -> None:
    assert "dashboard-abc123de" in (await api.anonymous().get("/app")).body.decode()
    (dist / "dashboard-77777777.js").write_text("new")
    names = json.loads((dist / "manifest.json").read_text()) | {"dashboard.js": "dashboard-77777777.js"}
    (dist / "manifest.json").write_text(json.dumps(names))
    os.utime(dist / "manifest.json", ns=(1, 1))
    assert "dashboard-77777777" in (await api.anonymous().get("/app")).body.decode()


async def test_a_rate_limit_allows_an_office_of_150_agents_a_new_build(api: ApiFixture) -> None:
    """They share one address, and open a page of the settings within the same minute."""
    api.app = app.create(api.context)
    page = await api.anonymous().get("/app")
    files = re.findall(r'"(/widget/[^"]+)"', page.body.decode())
    assert len(files) > 20
    for file in files:
        assert (await api.anonymous().get(file)).status == 200
    assert pages.BUILT.times >= 150 * 2 * len(files)


async def test_without_a_build_the_pages_say_what_to_do(api: ApiFixture, dist: Path, tmp_path: Path) -> None:
    (dist / "manifest.json").unlink()
    dashboard = await api.anonymous().get("/app")
    assert dashboard.status == 503
    assert b"make run" in dashboard.body
    loader = await api.anonymous().get("/widget.js")
    assert (loader.status, b"make run" in loader.body) == (503, True)


async def test_the_demo_carries_the_widget_of_the_oldest_project(api: ApiFixture) -> None:
    async with api.context.database.transaction() as conn:
        await conn.execute("DELETE FROM projects")
    assert (await api.anonymous().get("/demo")).status == 404
    first = await api.project("First")
    await api.project("Second")
    for path in ("/demo", "/demo/shop", "/demo/shop/fern"):
        page = (await api.anonymous().get(path)).body.decode()
        assert f'<script async src="/widget.js" data-project="{text(first)}"></script>' in page


async def test_the_demo_runs_its_own_scripts_only(api: ApiFixture) -> None:
    await api.project()
    answer = await api.anonymous().get("/demo")
    policy = dict(part.partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split("; "))
    nonce = policy["script-src"].removeprefix("'self' ")
    assert re.fullmatch(r"'nonce-[\w-]{20,}'", nonce)
    page = answer.body.decode()
    assert page.count(f'<script nonce="{nonce[7:-1]}">') == 1
    assert "<script>" not in page
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"


async def test_an_unknown_page_of_the_demo_is_not_found(api: ApiFixture) -> None:
    await api.project()
    for path in ("/demo/nope", "/demo/shop/nope", "/demo/fern", "/demo/fern/shop", "/demo/care/x"):
        assert (await api.anonymous().get(path)).status == 404


async def test_without_the_launcher_there_is_no_demo(api: ApiFixture) -> None:
    await api.project()
    plain = with_settings(api, demo=False)
    for path in ("/demo", "/demo/shop"):
        answer = await plain.anonymous().get(path)
        assert answer.status == 404
        assert b"widget.js" not in answer.body


async def test_readiness_names_the_failing_check(api: ApiFixture) -> None:
    assert (await api.anonymous().get("/livez")).status == 200
    async with api.context.database.transaction() as conn:
        await conn.execute("DELETE FROM outbox")
    answer = await api.anonymous().get("/readyz")
    assert answer.status == 503
    checks = {name: check["ok"] for name, check in answer.json["checks"].items()}
    failing = {name for name, ok in checks.items() if not ok}
    assert failing == {"worker"} and {"postgres", "redis", "migrations", "relay"} < checks.keys()
    await heartbeats.beat_worker(api.context.redis, "w1", under_share=False)
    with trio.fail_after(PATIENCE):  # a response is cached for a second
        while (await api.anonymous().get("/readyz")).status != 200:  # noqa: ASYNC110  as an orchestrator does
            await trio.sleep(0.1)


async def test_an_event_that_is_not_published_makes_the_server_unready(api: ApiFixture) -> None:
    project = await api.project()
    await api.writes(project, "Hi")
    await heartbeats.beat_worker(api.context.redis, "w1", under_share=False)
    async with api.context.database.transaction() as conn:
        await conn.execute("UPDATE outbox SET created_at = created_at - interval '1 minute'")
    answer = await api.anonymous().get("/readyz")
    assert answer.status == 503
    assert not answer.json["checks"]["relay"]["ok"]


async def test_every_response_has_the_security_headers(api: ApiFixture) -> None:
    for path in ("/api/v1/me", "/livez", "/nowhere", "/api/v1/openapi.json"):
        answer = await api.anonymous().get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_the_document_describes_every_route_with_examples(api: ApiFixture) -> None:
    document: dict[str, Any] = (await api.anonymous().get("/api/v1/openapi.json")).json
    assert document["openapi"] == "3.1.0"
    mounted = {
        rule.rule
        for rule in api.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1") or rule.rule in {"/livez", "/readyz"}
    }
    assert {re.sub(r"<\w+:(\w+)>", r"{\1}", rule) for rule in mounted} == set(document["paths"])
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            named = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path)), where
            contents = [operation["requestBody"]["content"]] if "requestBody" in operation else []
            contents += [answer.get("content", {}) for answer in operation["responses"].values()]
            for content in contents:
                for media, kind in content.items():
                    if media == "application/json" and path != "/api/v1/openapi.json":
                        assert "example" in kind, where
                    if media == "application/problem+json":
                        assert kind["examples"], where
    for used in set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document))):
        assert used in schemas


async def test_examples_of_the_document_work(api: ApiFixture) -> None:
    document = (await api.anonymous().get("/api/v1/openapi.json")).json
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    _, conversation = await api.writes(project, "Hi")
    reply = document["paths"]["/api/v1/projects/{project}/conversations/{conversation}/messages"]["post"]
    example = reply["requestBody"]["content"]["application/json"]["example"]
    sent = await me.post(of(project, f"/conversations/{text(conversation)}/messages"), example)
    assert sent.status == 201
    shown = reply["responses"]["201"]["content"]["application/json"]["example"]
    assert shown.keys() == sent.json.keys()


@pytest.mark.parametrize("path", ["/widget.js", "/widget/embed-abc123de.js", "/api/v1/openapi.json"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_304_repeats_the_headers_of_the_200_and_no_others(
    api: ApiFixture, dist: Path, path: str, encoding: str
) -> None:
    """A cache adopts them: `text/html` in a 304 once turned the cached widget into a page for every site."""
    caller = api.anonymous()
    whole = await caller.get(path, **{"Accept-Encoding": encoding})
    again = await caller.get(path, **{"Accept-Encoding": encoding, "If-None-Match": whole.headers["ETag"]})
    assert (whole.status, again.status, again.body) == (200, 304, b"")
    assert of_the_representation(again) == of_the_representation(whole)


def of_the_representation(answer: Answer) -> dict[str, str]:
    """Its headers without the length, which Quart's test client sets itself."""
    return {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}


@pytest.mark.parametrize("path", ["/widget.js", "/api/v1/openapi.json"])
async def test_each_encoding_of_a_file_has_its_own_etag(api: ApiFixture, dist: Path, path: str) -> None:
    caller = api.anonymous()
    plain = await caller.get(path)
    packed = await caller.get(path, **{"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    for known, status in ((plain.headers["ETag"], 200), (packed.headers["ETag"], 304), ("*", 304)):
        asked = await caller.get(path, **{"Accept-Encoding": "gzip", "If-None-Match": known})
        assert asked.status == status
        assert (await caller.get(path, **{"Accept-Encoding": "gzip", "If-Match": known})).status == (
            412 if status == 200 else 200
        )
    refused = await caller.get(path, **{"Accept-Encoding": "gzip;q=0"})
    assert refused.body == plain.body


async def test_a_missing_file_is_a_404_that_every_page_may_read(api: ApiFixture, dist: Path) -> None:
    answer = await api.anonymous().get("/widget/embed-00000000.js")
    assert answer.status == 404
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_list_is_compressed_for_a_caller_that_accepts_it(api: ApiFixture) -> None:
    project = await api.project()
    me = await api.sign_in(await api.person("Mai", agent=project))
    for _ in range(12):
        await api.writes(project, "Where is my order, please?")
    path = of(project, "/conversations")
    plain, packed = await me.get(path), await me.get(path, **{"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) * 3 < len(plain.body) == int(plain.headers["Content-Length"])
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    small = await me.get("/api/v1/me", **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers


async def test_a_browser_that_opens_an_unknown_url_sees_a_page(api: ApiFixture) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    page = await api.anonymous().get("/nowhere", **browser)
    assert page.status == 404
    assert page.headers["Content-Type"].startswith("text/html") and b"<h1>Not found</h1>" in page.body
    assert page.headers["Vary"] == "Accept"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    for path, headers in (("/nowhere", {}), ("/api/v1/nowhere", browser), ("/widget/nowhere.js", browser)):
        answer = await api.anonymous().get(path, **headers)
        assert (answer.status, answer.json["code"]) == (404, "not_found")


async def test_pages_have_their_own_browsing_context_group_and_no_device_access(
    api: ApiFixture, dist: Path
) -> None:
    for path in ("/", "/app", "/nowhere"):
        page = await api.anonymous().get(path, Accept="text/html")
        assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in page.headers["Permissions-Policy"]
        assert page.headers["Cache-Control"]


async def test_a_compressed_request_body_is_refused(api: ApiFixture) -> None:
    answer = await api.anonymous().call(
        "POST",
        "/api/v1/auth/login",
        data=gzip.compress(b"{}"),
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
    )
    assert (answer.status, answer.json["code"]) == (415, "media_type")


async def test_concurrent_readiness_requests_share_one_check(
    api: ApiFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    async def look(context: Any) -> str:
        nonlocal looks
        looks += 1
        await trio.sleep(0.05)
        return ""

    monkeypatch.setitem(readiness.CHECKS, "postgres", look)
    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(api.anonymous().get, "/readyz")
    assert looks == 1


async def test_a_file_of_the_previous_build_is_still_served(api: ApiFixture, dist: Path) -> None:
    """A `widget.js` that was cached before the release refers to it."""
    (dist / "embed-77777777.js").write_text("new")
    names = json.loads((dist / "manifest.json").read_text()) | {"embed.js": "embed-77777777.js"}
    (dist / "manifest.json").write_text(json.dumps(names))
    os.utime(dist / "manifest.json", ns=(1, 1))
    for name in ("embed-77777777.js", "embed-abc123de.js"):
        answer = await api.anonymous().get(f"/widget/{name}")
        assert answer.status == 200 and "immutable" in answer.headers["Cache-Control"]
    assert (await api.anonymous().get("/widget/.replaced.json")).status == 404
