"""A rolling restart of every server and worker while visitors write and agents read."""

import contextlib
import signal
from collections import Counter

import httpx
import pytest
import trio

from tests.client import Visitor, text
from tests.faults.check import assert_delivered, write_all
from tests.faults.test_processes import EACH, OPEN, crowd, everything_stored, under_load
from tests.people import add_agent, add_project, signed_in
from tests.running import Running
from tests.stack import Stack

CALLERS = 3
CALL_INTERVAL = 0.4  # seconds; the limit of a user is 600 calls a minute


@pytest.mark.soak
async def test_a_rolling_restart_loses_nothing_and_answers_no_5xx(fresh_stack: Stack) -> None:
    port = fresh_stack.port()
    servers = [fresh_stack.spawn("server", port=port, drain_seconds=1, **OPEN) for _ in range(2)]
    workers = [fresh_stack.spawn("worker") for _ in range(2)]
    project = add_project(fresh_stack)
    email = add_agent(fresh_stack, project)
    answers: Counter[int] = Counter()
    async with (
        signed_in(port, project, email) as http,
        crowd(project, servers[0]) as visitors,
        trio.open_nursery() as nursery,
    ):
        for _ in range(CALLERS):
            nursery.start_soon(keep_calling, http, project, answers)
        written = write_all(visitors, each=EACH)
        await under_load(visitors)
        for one in (*servers, *workers):
            await replaced(one)
            write_more(visitors, written)
        await everything_stored(visitors)
        nursery.cancel_scope.cancel()
    assert_delivered(fresh_stack, project, visitors, written)
    assert all(visitor.connects > 1 for visitor in visitors), (
        "no visitor had to reconnect, so the test proves nothing"
    )
    assert set(answers) == {200}, answers


async def replaced(one: Running) -> None:
    """Send SIGTERM, wait for the exit, start a replacement."""
    one.signal(signal.SIGTERM)
    assert await trio.to_thread.run_sync(one.wait_for_end) == 0
    one.restart()
    ready = "server.ready" if one.port else "worker.ready"
    await trio.to_thread.run_sync(lambda: one.wait_until(lambda: one.text.count(ready) == 2, what=ready))


def write_more(visitors: list[Visitor], written: dict[Visitor, list[str]]) -> None:
    """Queue texts, so that the next replacement happens under load."""
    for visitor in visitors:
        body = f"after {len(written[visitor])}"
        written[visitor].append(body)
        visitor.write(body)


async def keep_calling(http: httpx.AsyncClient, project: bytes, answers: Counter[int]) -> None:
    """An agent's calls; a call whose connection was refused, because its server was ending, is repeated."""
    while True:
        with contextlib.suppress(httpx.TransportError):
            answer = await http.get(f"/api/v1/projects/{text(project)}/conversations", params={"limit": 5})
            answers[answer.status_code] += 1
        await trio.sleep(CALL_INTERVAL)
