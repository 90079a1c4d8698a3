"""Sites: which loaded the widget, which were refused; and how little a stranger can write."""

from typing import Any

import pytest

from core import ids
from core.bus import names, sites
from core.ids import ProjectId
from tests.integration.api.api_fixture import ApiFixture, Caller, of, text

SHOP = "shop.example"


async def asks(caller: Caller, project: ProjectId, origin: str) -> int:
    """The widget's first request, from a page of `origin`."""
    answer = await caller.get(f"/api/v1/public/projects/{text(project)}/settings", Origin=origin)
    return answer.status


async def listed(caller: Caller, project: ProjectId) -> tuple[list[str], list[str]]:
    answer = await caller.get(of(project, "/sites"))
    assert answer.status == 200, answer.body
    found: dict[str, list[dict[str, Any]]] = answer.json
    return [one["host"] for one in found["seen"]], [one["host"] for one in found["refused"]]


async def test_a_manager_sees_who_loaded_the_widget_and_who_was_refused(api: ApiFixture) -> None:
    project = await api.project("Shop", SHOP, "*.shop.example")
    agent, page = await api.sign_in(await api.person("Mai", agent=project)), api.anonymous()
    assert await listed(agent, project) == ([], [])
    assert await asks(page, project, "https://shop.example") == 200
    assert await asks(page, project, "https://www.shop.example:8443") == 200
    assert await asks(page, project, "https://staging.example") == 403
    assert await asks(page, project, "http://localhost") == 200  # the server itself
    assert await listed(agent, project) == (["www.shop.example", SHOP], ["staging.example"])


async def test_a_refused_site_is_gone_when_it_is_allowed(api: ApiFixture) -> None:
    project = await api.project("Shop", SHOP)
    manager, page = await api.sign_in(await api.person("Mai", manager=project)), api.anonymous()
    assert await asks(page, project, "https://staging.example") == 403
    assert await listed(manager, project) == ([], ["staging.example"])
    body = {"version": 1, "domains": [SHOP, "staging.example"]}
    assert (await manager.call("PATCH", of(project), body)).status == 200
    assert await listed(manager, project) == ([], [])
    assert await asks(page, project, "https://staging.example") == 200
    assert await listed(manager, project) == (["staging.example"], [])


async def test_a_site_is_written_once_a_minute(api: ApiFixture) -> None:
    project, page = await api.project("Shop", SHOP), api.anonymous()
    assert await asks(page, project, "https://shop.example") == 200
    redis, key = api.context.redis, names.sites(project, "seen")
    await redis.delete([key])
    assert await asks(page, project, "https://shop.example") == 200
    assert await redis.exists([key]) == 0


async def test_one_network_causes_few_notes(api: ApiFixture) -> None:
    project, page = await api.project("Shop", SHOP), api.anonymous()
    agent = await api.sign_in(await api.person("Mai", agent=project))
    for number in range(8):
        assert await asks(page, project, f"https://evil-{number}.example") == 403
    assert (await listed(agent, project))[1] == ["evil-2.example", "evil-1.example", "evil-0.example"]


@pytest.mark.parametrize("origin", ["null", "https://", "ftp://a.example", f"https://{'a' * 64}.example"])
async def test_what_no_browser_sends_is_not_kept(api: ApiFixture, origin: str) -> None:
    project, page = await api.project("Shop", SHOP), api.anonymous()
    assert await asks(page, project, origin) == 403
    assert await api.context.redis.exists([names.sites(project, "refused")]) == 0


async def test_ten_are_kept_the_latest_and_they_expire(api: ApiFixture) -> None:
    redis, project = api.context.redis, ProjectId(ids.make())
    fresh = [await sites.note(redis, project, "refused", f"{n}.example", at=n) for n in range(12)]
    assert fresh == [True] * 12
    assert not await sites.note(redis, project, "refused", "11.example", at=99)
    seen, refused = await sites.of_project(redis, project)
    assert [one.host for one in refused] == [f"{n}.example" for n in range(11, 1, -1)]
    assert (list(seen), refused[0].at) == ([], 99)
    assert 0 < await redis.ttl(names.sites(project, "refused")) <= sites.REFUSED_TTL
