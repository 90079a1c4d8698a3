"""Postgres or Redis is down: responses are prompt and say so, and the API recovers when it is back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import psutil
import pytest
import trio

from core.bus import connection
from core.config import settings
from server.aio import open_loop
from server.api import app
from server.context import Context
from server.pool import open_database
from server.reading.pool import open_read_pool
from tests.integration.api.api_fixture import PAGE, PASSWORD, ApiFixture, of, text
from tests.patience import PATIENCE
from tests.stack import Stack

# coredis leaves the streams of a broken connection to the garbage collector, which warns.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@asynccontextmanager
async def world_on(stack: Stack) -> AsyncIterator[ApiFixture]:
    read = settings.read({k: v for k, v in stack.environment().items() if k.startswith("PARLEY_")})
    async with (
        open_loop(),
        open_database(stack.database_url, size=4) as database,
        open_read_pool(read) as read_pool,
        connection.client(stack.redis_url) as redis,
    ):
        context = Context(read, database, redis, read_pool)
        yield ApiFixture(app.create(context), context)


async def until_ok(api: ApiFixture, path: str, token: str | None) -> None:
    """Wait until the app has noticed that the dependency is back."""
    caller = api.anonymous()
    caller.token = token
    with trio.fail_after(PATIENCE):
        while (await caller.get(path)).status != 200:  # noqa: ASYNC110  a client gets no event
            await trio.sleep(0.05)


@pytest.mark.alone
async def test_without_postgres_every_response_is_a_prompt_503_until_it_is_back(fresh_stack: Stack) -> None:
    async with world_on(fresh_stack) as api:
        project = await api.project()
        mai = await api.person("Mai", agent=project)
        me = await api.sign_in(mai)
        _, conversation = await api.writes(project, "Hi")
        one = of(project, f"/conversations/{text(conversation)}")
        fresh_stack.servers.stop_postgres()
        try:
            with trio.fail_after(15):
                for answer in (
                    await me.get("/api/v1/me"),
                    await me.get(of(project, "/conversations")),
                    await me.post(one + "/messages", {"ref": str(uuid4()), "body": "Hi"}),
                    await me.post("/api/v1/auth/login", {"email": mai.email, "password": PASSWORD}),
                    await me.get(f"/api/v1/public/projects/{text(project)}/settings", Origin=PAGE),
                ):
                    assert (answer.status, answer.json["code"]) == (503, "unavailable")
                    assert int(answer.headers["Retry-After"]) >= 1
                ready = await me.get("/readyz")
                assert ready.status == 503
                assert not ready.json["checks"]["postgres"]["ok"]
                assert ready.json["checks"]["redis"]["ok"]
                assert (await me.get("/livez")).status == 200
        finally:
            fresh_stack.servers.start_postgres()
        await until_ok(api, "/api/v1/me", me.token)
        assert (await me.post(one + "/messages", {"ref": str(uuid4()), "body": "Hi"})).status == 201


@pytest.mark.alone
async def test_without_redis_agents_still_read_and_write(fresh_stack: Stack) -> None:
    async with world_on(fresh_stack) as api:
        project = await api.project()
        mai = await api.person("Mai", agent=project)
        me = await api.sign_in(mai)
        _, conversation = await api.writes(project, "Hi")
        one = of(project, f"/conversations/{text(conversation)}")
        fresh_stack.servers.stop_valkey()
        try:
            with trio.fail_after(15):
                inbox = await me.get(of(project, "/conversations"))
                assert (inbox.status, inbox.json["items"][0]["visitor"]["online"]) == (200, False)
                sent = await me.post(one + "/messages", {"ref": str(uuid4()), "body": "Hi"})
                assert sent.status == 201
                settings_answer = await me.get(
                    f"/api/v1/public/projects/{text(project)}/settings", Origin=PAGE
                )
                assert (settings_answer.status, settings_answer.json["agents_online"]) == (200, 0)
                # Without Redis the guesses would not be counted.
                login = await me.post("/api/v1/auth/login", {"email": mai.email, "password": PASSWORD})
                assert (login.status, login.json["code"]) == (503, "unavailable")
                assert not (await me.get("/readyz")).json["checks"]["redis"]["ok"]
        finally:
            fresh_stack.servers.start_valkey()
        credentials = {"email": mai.email, "password": PASSWORD}
        with trio.fail_after(PATIENCE):
            while (await me.post("/api/v1/auth/login", credentials)).status != 200:  # noqa: ASYNC110
                await trio.sleep(0.05)


@pytest.mark.alone
async def test_a_redis_that_hangs_delays_reads_and_does_not_fail_them(fresh_stack: Stack) -> None:
    async with world_on(fresh_stack) as api:
        project = await api.project()
        me = await api.sign_in(await api.person("Mai", agent=project))
        await api.writes(project, "Hi")
        fresh_stack.servers.valkey.pause()
        try:
            with trio.fail_after(8):
                assert (await me.get(of(project, "/conversations"))).status == 200
                assert (await me.get(of(project, "/conversations"))).status == 200
        finally:
            fresh_stack.servers.valkey.resume()


@pytest.mark.alone
async def test_a_postgres_that_hangs_is_a_503_within_the_deadline(fresh_stack: Stack) -> None:
    async with world_on(fresh_stack) as api:
        project = await api.project()
        me = await api.sign_in(await api.person("Mai", agent=project))
        backends = psutil.Process(fresh_stack.servers.postgres.pid).children(recursive=True)
        for backend in backends:
            backend.suspend()
        try:
            started = trio.current_time()
            answer = await me.get(of(project))
            assert answer.status == 503
            assert trio.current_time() - started < 12
        finally:
            for backend in backends:
                backend.resume()
        await until_ok(api, of(project), me.token)


async def test_callers_who_hang_up_do_not_leak_pool_connections(fresh_stack: Stack) -> None:
    async with world_on(fresh_stack) as api:
        project = await api.project()
        me = await api.sign_in(await api.person("Mai", agent=project))
        await api.writes(project, "Hi")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": of(project, "/conversations"),
            "raw_path": b"",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"authorization", f"Bearer {me.token}".encode()), (b"host", b"x")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8000),
            "extensions": {},
        }

        async def hang_up(after: float) -> None:
            asked = False

            async def receive() -> dict[str, object]:
                nonlocal asked
                if not asked:
                    asked = True
                    return {"type": "http.request", "body": b"", "more_body": False}
                await trio.sleep(after)
                return {"type": "http.disconnect"}

            async def send(_: object) -> None:
                await trio.lowlevel.checkpoint()

            await api.app(scope, receive, send)  # type: ignore[arg-type]

        for burst in range(20):
            async with trio.open_nursery() as nursery:
                for number in range(10):
                    nursery.start_soon(hang_up, 0.0002 * (burst + number))
        for _ in range(8):
            assert (await me.get(of(project, "/conversations"))).status == 200
        statuses = []

        async def ask() -> None:
            statuses.append((await me.get(of(project, "/conversations"))).status)

        async with trio.open_nursery() as nursery:
            for _ in range(12):
                nursery.start_soon(ask)
        assert statuses == [200] * 12
