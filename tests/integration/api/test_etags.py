"""ETags of what has a version: 304 for what a client has, 412 for a change of what it has not seen."""

from typing import Any

import pytest

from tests.integration.api.api_fixture import Answer, ApiFixture, Caller, of, text

Resource = tuple[str, dict[str, Any]]


@pytest.fixture
async def manager(api: ApiFixture) -> Caller:
    project = await api.project()
    visitor, _ = await api.writes(project, "Hello")
    made = await api.sign_in(await api.person("Mai", manager=project))
    made.project, made.visitor = project, visitor  # type: ignore[attr-defined]
    return made


NEW: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "/canned-responses": ({"shortcut": "hi", "content": "Hello"}, {"content": "Good day"}),
    "/form-templates": (
        {"name": "Order", "fields": [{"key": "number", "label": "Number", "type": "text"}]},
        {"name": "Orders"},
    ),
    "/webhooks": (
        {"url": "https://example.com/in", "events": ["message.created"]},
        {"description": "Orders"},
    ),
    "/articles": (
        {"title": "Delivery", "language": "en", "content": "Within three days."},
        {"content": "Within two days."},
    ),
    "/notes": ({"text": "Calls back"}, {"text": "Has called back"}),
}


async def made(manager: Caller, kind: str) -> tuple[str, Answer]:
    where: Any = manager
    base = of(where.project, f"/visitors/{text(where.visitor)}/notes" if kind == "/notes" else kind)
    answer = await manager.post(base, NEW[kind][0])
    assert answer.status == 201, answer.body
    thing = answer.json.get("webhook", answer.json)
    return f"{base}/{thing['id']}", answer


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["code"]


@pytest.mark.parametrize("kind", NEW)
async def test_a_change_may_name_the_version_in_if_match(manager: Caller, kind: str) -> None:
    path, first = await made(manager, kind)
    tag = first.headers.get("ETag", '"1"')
    assert tag.startswith('"1')
    done = await manager.call("PATCH", path, NEW[kind][1], {"If-Match": tag})
    assert done.status == 200, done.body
    assert done.headers["ETag"].startswith('"2-')
    late = await manager.call("PATCH", path, NEW[kind][0] if kind != "/webhooks" else {}, {"If-Match": tag})
    assert code(late) == (412, "precondition_failed")
    answered = await manager.call("PATCH", path, {**NEW[kind][1], "version": 1})
    assert code(answered) == (409, "stale"), "without the header it stays what it was"


@pytest.mark.parametrize("kind", NEW)
async def test_a_deletion_may_depend_on_the_version(manager: Caller, kind: str) -> None:
    path, _ = await made(manager, kind)
    changed = await manager.call("PATCH", path, {**NEW[kind][1], "version": 1})
    late = await manager.call("DELETE", path, headers={"If-Match": '"1"'})
    assert code(late) == (412, "precondition_failed")
    done = await manager.call("DELETE", path, headers={"If-Match": changed.headers["ETag"]})
    assert done.status == 204


@pytest.mark.parametrize("kind", NEW)
async def test_a_client_that_has_the_answer_gets_304(manager: Caller, kind: str) -> None:
    path, _ = await made(manager, kind)
    where = path if kind in {"/form-templates", "/webhooks", "/articles"} else path.rpartition("/")[0]
    first = await manager.get(where)
    known = {"If-None-Match": first.headers["ETag"]}
    same = await manager.get(where, **known)
    assert (same.status, same.body) == (304, b"")
    assert same.headers["ETag"] == first.headers["ETag"]
    await manager.call("PATCH", path, {**NEW[kind][1], "version": 1})
    assert (await manager.get(where, **known)).status == 200


async def test_the_project_and_saved_views_have_etags_too(manager: Caller) -> None:
    where: Any = manager
    path = of(where.project)
    first = await manager.get(path)
    body = {"name": "Renamed"}
    done = await manager.call("PATCH", path, body, {"If-Match": first.headers["ETag"]})
    assert done.json["name"] == "Renamed"
    assert code(await manager.call("PATCH", path, body, {"If-Match": first.headers["ETag"]})) == (
        412,
        "precondition_failed",
    )
    views = of(where.project, "/me/saved-views")
    empty = await manager.get(views)
    item = {"name": "Mine", "filter": {"assignee": "me"}}
    kept = await manager.call("PUT", views, {"items": [item]}, {"If-Match": empty.headers["ETag"]})
    assert kept.status == 200, kept.body
    late = await manager.call("PUT", views, {"items": []}, {"If-Match": empty.headers["ETag"]})
    assert code(late) == (412, "precondition_failed")


@pytest.mark.parametrize("tag", ["1", "*, *", 'W/"1"', '"1", "2"', '"x"', '"99999999999"'])
async def test_an_if_match_that_is_not_one_etag_of_ours_is_refused(manager: Caller, tag: str) -> None:
    path, _ = await made(manager, "/canned-responses")
    answer = await manager.call("PATCH", path, {"content": "Good day"}, {"If-Match": tag})
    assert code(answer) == (400, "bad_request")


async def test_two_versions_that_differ_are_refused(manager: Caller) -> None:
    path, first = await made(manager, "/canned-responses")
    body = {"content": "Good day", "version": 2}
    answer = await manager.call("PATCH", path, body, {"If-Match": first.headers["ETag"]})
    assert code(answer) == (400, "bad_request")


async def test_a_star_leaves_the_version_to_the_body(manager: Caller) -> None:
    path, _ = await made(manager, "/canned-responses")
    without = await manager.call("PATCH", path, {"content": "Good day"}, {"If-Match": "*"})
    assert code(without) == (422, "invalid")
    done = await manager.call("PATCH", path, {"content": "Good day", "version": 1}, {"If-Match": "*"})
    assert done.status == 200


async def test_a_compressed_list_has_a_tag_of_its_own_that_is_recognised(manager: Caller) -> None:
    where: Any = manager
    path = of(where.project, "/canned-responses")
    for number in range(20):
        await manager.post(path, {"shortcut": f"hi{number}", "content": "Hello " * 20})
    packed = {"Accept-Encoding": "gzip"}
    first = await manager.get(path, **packed)
    assert first.headers["Content-Encoding"] == "gzip"
    assert first.headers["ETag"].endswith('-gzip"')
    assert (await manager.get(path)).headers["ETag"] == first.headers["ETag"].replace("-gzip", "")
    same = await manager.get(path, **packed, **{"If-None-Match": first.headers["ETag"]})
    assert (same.status, same.body) == (304, b"")
