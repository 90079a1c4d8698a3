"""Visitors over event streams, with two servers on one port: a POST reaches either of them."""

import signal

import pytest

from tests.client import Way
from tests.faults.check import assert_delivered, write_all
from tests.faults.test_processes import EACH, OPEN, crowd, everything_stored, under_load
from tests.faults.test_rolling_restart import replaced, write_more
from tests.flow.test_metrics import scraped
from tests.people import add_project
from tests.stack import Stack


@pytest.fixture(autouse=True)
def sse(monkeypatch: pytest.MonkeyPatch) -> None:
    """All clients of the test use event streams."""
    monkeypatch.setattr(Way, "sse", True)


@pytest.mark.soak
async def test_restarts_and_a_killed_server_lose_nothing(fresh_stack: Stack) -> None:
    port = fresh_stack.port()
    metrics = [fresh_stack.port() for _ in range(2)]
    servers = [
        fresh_stack.spawn("server", port=port, drain_seconds=1, metrics_bind=f"127.0.0.1:{one}", **OPEN)
        for one in metrics
    ]
    workers = [fresh_stack.spawn("worker") for _ in range(2)]
    project = add_project(fresh_stack)
    async with crowd(project, servers[0]) as visitors:
        written = write_all(visitors, each=EACH)
        await under_load(visitors)
        for one in (*servers, *workers):
            await replaced(one)
            write_more(visitors, written)
        await everything_stored(visitors)
        # By now about half of the POSTs have reached the server that does not hold their stream.
        forwarded = [scraped(one)["parley_posts_forwarded_total"] for one in metrics]
        servers[0].signal(signal.SIGKILL)
        servers[0].wait_for_end()
        write_more(visitors, written)
        await everything_stored(visitors)
    assert_delivered(fresh_stack, project, visitors, written)
    assert all(visitor.connects > 1 for visitor in visitors)
    assert sum(forwarded) > 0
