"""The real app on real Postgres and Valkey, in the test's own Trio."""

from collections.abc import AsyncIterator

import pytest

from core.bus import connection
from core.config import settings
from core.identity import passwords
from server.aio import open_loop
from server.api import app
from server.api.services import rate_limiter
from server.context import Context
from server.pool import open_database
from server.reading.pool import open_read_pool
from tests.integration.api.api_fixture import CHEAP, ApiFixture, hash_by
from tests.integration.api.oidc_steps import with_settings
from tests.provider import Provider
from tests.stack import Stack


@pytest.fixture(autouse=True)
def on_a_busy_machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cheap password hashes, patience with Redis; except where time is measured."""
    if request.node.get_closest_marker("alone") is None:
        monkeypatch.setattr(passwords, "_hasher", CHEAP)
        monkeypatch.setattr(passwords, "DUMMY_HASH", hash_by(CHEAP))
        monkeypatch.setattr(rate_limiter, "TIMEOUT", 5.0)


@pytest.fixture
async def api(stack: Stack) -> AsyncIterator[ApiFixture]:
    """The tests of a module share the servers; each test creates the data that it needs for itself."""
    stack.redis("FLUSHALL")
    given = stack.environment(demo="true")
    read = settings.read({k: v for k, v in given.items() if k.startswith("PARLEY_")})
    async with (
        open_loop(),
        open_database(stack.database_url, size=8) as database,
        open_read_pool(read) as read_pool,
        connection.client(stack.redis_url) as redis,
    ):
        context = Context(read, database, redis, read_pool)
        yield ApiFixture(app.create(context), context)


@pytest.fixture
async def trusting(api: ApiFixture, provider: Provider) -> ApiFixture:
    """The app, with the provider in its settings."""
    return with_settings(api, oidc=provider.settings())
