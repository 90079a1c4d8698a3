"""Poolers are supported, and when Postgres refuses a connection its own reason is reported."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from server.aio import open_loop
from server.pool import open_database
from tests.pooler import Pooler
from tests.running import Running
from tests.stack import Stack
from worker import pool

OF_A_SERVER = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
OF_A_STAGE = {
    **OF_A_SERVER,
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "15s",
    "synchronous_commit": "off",
}
SHOWN = "SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY($1)"


@pytest.fixture
def pooler(stack: Stack) -> Iterator[Pooler]:
    made = Pooler(stack.database_url)
    yield made
    made.close()


def shown(rows: Any) -> dict[str, str]:
    return {row["name"]: row["value"] for row in rows}


def check(server: Running, name: str) -> dict[str, Any]:
    checks: dict[str, dict[str, Any]] = json.loads(server.get("/readyz")[1])["checks"]
    return checks[name]


def lines(process: Running, event: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in process.text.splitlines() if f'"event":"{event}"' in line]


async def test_a_servers_connection_has_its_settings_behind_a_pooler(pooler: Pooler) -> None:
    async with open_loop(), open_database(pooler.url, size=2) as database:
        for _ in range(2):  # the settings outlive a transaction and a release
            async with database.transaction() as conn:
                assert shown(await conn.fetch(SHOWN, list(OF_A_SERVER))) == OF_A_SERVER
    assert pooler.refused == []


def test_a_stages_connection_has_its_settings_behind_a_pooler(pooler: Pooler) -> None:
    async def settings() -> dict[str, str]:
        async with pool.connection(pooler.url, name="parley test", durable=False) as conn:
            return shown(await conn.fetch(SHOWN, list(OF_A_STAGE)))

    assert asyncio.run(settings()) == OF_A_STAGE
    assert pooler.refused == []


def test_the_pooler_of_these_tests_refuses_the_same_parameters_as_pgbouncer(pooler: Pooler) -> None:
    with pytest.raises(asyncpg.ProtocolViolationError, match="unsupported startup parameter: lock_timeout"):
        asyncio.run(asyncpg.connect(pooler.url, server_settings={"lock_timeout": "5s"}))


def test_a_server_and_a_worker_are_ready_behind_a_pooler(fresh_stack: Stack) -> None:
    pooler = Pooler(fresh_stack.database_url)
    try:
        fresh_stack.spawn("worker", database_url=pooler.url)
        server = fresh_stack.spawn("server", database_url=pooler.url)
        server.wait_for_path("/readyz")
    finally:
        pooler.close()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("parley_app:", "parley_app:not-it-", 'password authentication failed for user "parley_app"'),
        ("parley_app:", "no_such_user:", 'password authentication failed for user "no_such_user"'),
        ("/test_", "/no_such_", "does not exist"),
        ("@127.0.0.1:", "@no-such-host.invalid:", "the host name cannot be resolved"),
        ("@127.0.0.1:", "@127.0.0.2:1", "Connection refused"),
    ],
)
@pytest.mark.soak
def test_the_reason_why_postgres_refuses_is_in_readyz_and_in_the_logs(
    fresh_stack: Stack, old: str, new: str, why: str
) -> None:
    url = fresh_stack.database_url.replace(old, new, 1)
    if new.endswith(":1"):
        url = f"{url.partition('@')[0]}@127.0.0.2:1/parley"  # a port without a listener
    worker = fresh_stack.spawn("worker", "janitor", database_url=url)
    server = fresh_stack.spawn("server", database_url=url)
    for _ in range(2):
        assert not check(server, "postgres")["ok"]
        assert why in check(server, "postgres")["detail"]
    (away,) = lines(server, "postgres.away")
    assert why in away["reason"]
    worker.wait_for_line("stage.failed")
    assert why in lines(worker, "stage.failed")[0]["reason"]
    assert "Traceback" not in worker.text


def test_an_outage_of_postgres_and_its_end_are_logged(fresh_stack: Stack) -> None:
    server = fresh_stack.spawn("server")
    assert check(server, "postgres")["ok"]
    fresh_stack.servers.stop_postgres()
    server.wait_until(lambda: not check(server, "postgres")["ok"], what="not ready")
    fresh_stack.servers.start_postgres()
    server.wait_until(lambda: check(server, "postgres")["ok"], what="ready again")
    assert len(lines(server, "postgres.away")) == len(lines(server, "postgres.back")) == 1
