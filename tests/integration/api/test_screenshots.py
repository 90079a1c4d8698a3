"""Screenshots for agents: which page, whose quota, how many at a time, and how long a picture is kept."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from core import ids
from core.bus import names, visits
from core.bus.screenshots import exchange
from core.bus.screenshots.exchange import Result
from core.bus.visits import Moved
from core.ids import ProjectId, VisitorId
from core.signals import PageSeen
from server.api.screenshots import routes
from tests.integration.api.api_fixture import Answer, Caller, of, text
from tests.integration.api.oidc_steps import with_settings
from tests.integration.api.tenancy import Shop, shop

__all__ = ["shop"]
JPEG = b"\xff\xd8\xff\xe0 a picture"
PAGE = "https://shop.example/cart?item=3"
WORKER = "ab" * 16


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "POLL", 0.01)


async def looks_at(shop: Shop, url: str, *, project: ProjectId | None = None) -> VisitorId:
    """A visitor whose browser reports this page."""
    visitor = VisitorId(ids.make())
    seen = PageSeen(project or shop.project, visitor, url, "Cart", ids.now())
    await visits.moved(shop.api.context.redis, [Moved(seen)])
    return visitor


async def take(shop: Shop, visitor: VisitorId, *, by: Caller | None = None) -> Answer:
    return await (by or shop.agent).post(shop.path(f"/visitors/{text(visitor)}/screenshot"), None)


class Worker:
    """A worker that takes no real pictures."""

    def __init__(self, shop: Shop) -> None:
        self.redis = shop.api.context.redis
        self.urls: list[str] = []
        self.result = Result(ids.now(), JPEG)
        self.stop = False  # a cancelled call would break a connection of the pool

    async def beat(self) -> None:
        await exchange.take(self.redis, WORKER, limit=0)

    async def work(self) -> None:
        while not self.stop:
            for request in await exchange.take(self.redis, WORKER, limit=5):
                self.urls.append(request.url)
                await exchange.store(self.redis, request.name, self.result)
            await trio.sleep(0.01)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        await self.beat()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.work)
            yield
            self.stop = True
        self.stop = False

    async def takes(self, shop: Shop, visitor: VisitorId, *, by: Caller | None = None) -> Answer:
        """The answer of a request that this worker serves."""
        async with self.working():
            return await take(shop, visitor, by=by)


async def test_an_agent_gets_a_picture_of_the_page_that_the_visitor_reported(shop: Shop) -> None:
    worker, visitor = Worker(shop), await looks_at(shop, PAGE)
    answer = await worker.takes(shop, visitor)
    assert answer.status == 200, answer.body
    assert (answer.json["state"], answer.json["url"]) == ("ready", PAGE)
    assert base64.b64decode(answer.json["jpeg"]) == JPEG
    assert answer.json["taken_at"] == worker.result.at
    assert answer.headers["Cache-Control"] == "no-store"
    assert worker.urls == [PAGE]


async def test_the_same_page_is_not_opened_again_for_a_minute(shop: Shop, monkeypatch: Any) -> None:
    worker = Worker(shop)
    first, second = await looks_at(shop, PAGE), await looks_at(shop, PAGE)
    await worker.takes(shop, first)
    answer = await worker.takes(shop, second, by=shop.manager)
    assert (answer.status, answer.json["taken_at"], len(worker.urls)) == (200, worker.result.at, 1)
    monkeypatch.setattr(exchange, "TTL", 0.05)
    other = await looks_at(shop, PAGE + "&other")
    await worker.takes(shop, other)
    await trio.sleep(0.06)  # the time to live of a picture is what is tested
    await worker.takes(shop, other)
    assert len(worker.urls) == 3
    for name in (names.SCREENSHOTS, names.SCREENSHOTS_EXPIRE):
        assert 0 < await worker.redis.pttl(name) <= 60_000, "Redis forgets everything by itself"


async def test_no_project_gets_the_picture_of_another_one(shop: Shop) -> None:
    worker, visitor = Worker(shop), await looks_at(shop, PAGE)
    await worker.takes(shop, visitor)
    other = await shop.api.project("Other", "shop.example")
    caller = await shop.api.sign_in(await shop.api.person("Zoe", agent=other))
    theirs = await looks_at(shop, PAGE, project=other)
    assert (await caller.post(of(other, f"/visitors/{text(visitor)}/screenshot"), None)).status == 404
    assert (await take(shop, visitor, by=caller)).status == 404
    assert (await take(shop, visitor, by=shop.stranger)).status == 404
    async with worker.working():
        answer = await caller.post(of(other, f"/visitors/{text(theirs)}/screenshot"), None)
    assert answer.status == 200 and worker.urls == [PAGE, PAGE]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,hi",
        "ftp://shop.example/",
        "http://169.254.169.254/latest/meta-data/",
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "https://user:secret@shop.example/",
        "https://evil.example\\@shop.example/",
        "//shop.example/",
        "https://",
        "view-source:https://shop.example/",
        "blob:https://shop.example/1",
    ],
)
async def test_only_pages_of_the_projects_domains_are_opened(shop: Shop, url: str) -> None:
    worker, visitor = Worker(shop), await looks_at(shop, url)
    answer = await worker.takes(shop, visitor)
    assert (answer.status, answer.json["code"], worker.urls) == (409, "no_page", [])


async def test_a_url_in_the_request_changes_nothing(shop: Shop) -> None:
    visitor = await looks_at(shop, PAGE)
    worker = Worker(shop)
    path = shop.path(f"/visitors/{text(visitor)}/screenshot?url=https://evil.example/")
    async with worker.working():
        await shop.agent.post(path, {"url": "https://evil.example/"})
    assert set(worker.urls) <= {PAGE}


async def test_without_a_worker_that_can_the_answer_says_so(shop: Shop) -> None:
    visitor = await looks_at(shop, PAGE)
    answer = await take(shop, visitor)
    assert (answer.status, answer.json["code"]) == (503, "screenshots_off")
    assert (await shop.agent.get(shop.path("/screenshots"))).json == {"available": False}
    await exchange.cannot(shop.api.context.redis, "no Chromium is installed")
    checks = (await shop.api.anonymous().get("/readyz")).json["checks"]
    assert checks["screenshots"] == {"ok": True, "detail": "off: no Chromium is installed"}
    await Worker(shop).beat()
    assert (await shop.agent.get(shop.path("/screenshots"))).json == {"available": True}
    await exchange.leave(shop.api.context.redis, WORKER)
    assert (await take(shop, visitor)).json["code"] == "screenshots_off"


async def test_a_dead_worker_does_not_count(shop: Shop, monkeypatch: Any) -> None:
    monkeypatch.setattr(exchange, "DEAD_AFTER", 0.02)
    visitor = await looks_at(shop, PAGE)
    await Worker(shop).beat()
    await trio.sleep(0.05)  # longer than a heartbeat is valid
    assert (await take(shop, visitor)).json["code"] == "screenshots_off"


async def test_five_are_taken_at_a_time_and_the_sixth_is_asked_to_wait(shop: Shop, monkeypatch: Any) -> None:
    monkeypatch.setattr(routes, "WAIT", 0.05)
    await Worker(shop).beat()
    visitors = [await looks_at(shop, f"{PAGE}&{number}") for number in range(6)]
    for visitor in visitors[:5]:
        answer = await take(shop, visitor)
        assert (answer.status, answer.json["state"]) == (202, "taking")
    answer = await take(shop, visitors[5])
    assert (answer.status, answer.json["code"]) == (503, "screenshots_busy")
    assert answer.headers["Retry-After"] == "5"
    assert (await take(shop, visitors[0])).status == 202, "it joins the one under way"
    await exchange.take(shop.api.context.redis, "cd" * 16, limit=0)
    assert (await take(shop, visitors[5])).status == 202, "another worker takes five more"
    taken = await exchange.take(shop.api.context.redis, WORKER, limit=9)
    assert [request.url for request in taken] == [f"{PAGE}&{number}" for number in range(6)]
    assert all(0 < request.seconds <= exchange.DEADLINE for request in taken)


async def test_a_request_whose_time_is_over_is_not_taken_and_frees_its_place(
    shop: Shop, monkeypatch: Any
) -> None:
    monkeypatch.setattr(exchange, "DEADLINE", 0.05)
    monkeypatch.setattr(exchange, "MAX_RUNNING", 1)
    redis, project = shop.api.context.redis, shop.project
    await Worker(shop).beat()
    first, second = (exchange.name_of(project, url) for url in (PAGE, PAGE + "&2"))
    assert await exchange.ask(redis, first, PAGE) == "asked"
    assert await exchange.ask(redis, second, PAGE) == "busy"
    await trio.sleep(0.06)  # the deadline is what is tested
    assert await exchange.take(redis, WORKER, limit=5) == []
    assert await exchange.ask(redis, second, PAGE) == "asked"


async def test_a_worker_that_ends_is_an_error_and_not_an_endless_wait(shop: Shop, monkeypatch: Any) -> None:
    monkeypatch.setattr(exchange, "DEADLINE", 0.1)
    await Worker(shop).beat()
    answer = await take(shop, await looks_at(shop, PAGE))
    assert (answer.status, answer.json["code"]) == (502, "page_crashed")


@pytest.mark.parametrize(("failure", "code"), routes._CODES.items())
async def test_an_agent_learns_why_there_is_no_picture(shop: Shop, failure: Any, code: str) -> None:
    worker = Worker(shop)
    worker.result = Result(ids.now(), failure=failure)
    answer = await worker.takes(shop, await looks_at(shop, PAGE))
    assert (answer.status, answer.json["code"]) == (502, code)


async def test_a_project_has_a_quota_that_kept_pictures_do_not_use(shop: Shop) -> None:
    api = with_settings(shop.api, screenshots_per_hour=2)
    worker = Worker(shop)
    agent = await api.sign_in(shop.ben)
    pages = [await looks_at(shop, f"{PAGE}&{number}") for number in range(3)]
    for _ in range(3):
        assert (await worker.takes(shop, pages[0], by=agent)).status == 200
    assert (await worker.takes(shop, pages[1], by=agent)).status == 200
    answer = await worker.takes(shop, pages[2], by=agent)
    assert (answer.status, answer.json["code"]) == (429, "rate_limited")
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert (await worker.takes(shop, pages[0], by=agent)).status == 200, "a kept picture"


async def test_all_pictures_together_are_bounded_in_bytes(shop: Shop, monkeypatch: Any) -> None:
    redis = shop.api.context.redis
    monkeypatch.setattr(exchange, "MAX_PICTURES", 10_000)
    for number in range(20):
        await exchange.store(redis, f"{number:064}", Result(ids.now(), bytes(1_000)))
        kept = await redis.hvals(names.SCREENSHOTS)
        assert sum(map(len, kept)) <= 10_000
    assert (await exchange.result(redis, f"{0:064}"))[0] is None, "the oldest goes first"
    assert (await exchange.result(redis, f"{19:064}"))[0] is not None
    assert len(await redis.hkeys(names.SCREENSHOTS)) == await redis.zcard(names.SCREENSHOTS_EXPIRE) == 9
