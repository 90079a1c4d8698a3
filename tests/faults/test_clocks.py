"""Wall clocks of our processes differ by twenty minutes: order and deduplication still hold."""

import os

import pytest

from tests.client import ERROR, SEND, STORED, greet, opened
from tests.faults.check import assert_delivered, write_all
from tests.faults.sabotage import spawn
from tests.faults.test_processes import (
    EACH,
    OPEN,
    VISITORS,
    assert_complete,
    crowd,
    everything_stored,
    under_load,
)
from tests.people import add_agent, add_project, at_work
from tests.stack import Stack


@pytest.mark.soak
async def test_clocks_ten_minutes_off_do_not_change_the_order(fresh_stack: Stack) -> None:
    fast, slow = (
        spawn(fresh_stack, how, "server", **OPEN) for how in ("ten_minutes_fast", "ten_minutes_slow")
    )
    doomed = spawn(fresh_stack, "ten_minutes_fast", "worker")
    project = add_project(fresh_stack)
    email = add_agent(fresh_stack, project)
    async with at_work(slow.port or 0, project, email) as agent, crowd(project, fast, slow) as visitors:
        written = write_all(visitors, each=EACH)
        await under_load(visitors)
        doomed.kill()
        spawn(fresh_stack, "ten_minutes_slow", "worker")  # for it, stored messages are from the future
        fast.kill()  # its visitors reconnect to the slow one, with keys from the future
        await everything_stored(visitors)
        await agent.until(lambda: agent.count == VISITORS * EACH)
        assert_delivered(fresh_stack, project, visitors, written)
        assert_complete(agent, visitors, written)


@pytest.mark.soak
async def test_a_ref_is_stored_once_whatever_the_clocks_of_the_workers(fresh_stack: Stack) -> None:
    fast, slow = (
        spawn(fresh_stack, how, "server", **OPEN) for how in ("ten_minutes_fast", "ten_minutes_slow")
    )
    fresh_stack.spawn("worker")
    project, ref, key = add_project(fresh_stack), os.urandom(16), None
    answers = []
    for server, body in ((fast, "once"), (slow, "once"), (fast, "once"), (slow, "another")):
        async with opened(server.port or 0, project) as socket:
            key = (await greet(socket, project, key=key)).get("key", key)
            await socket.send(SEND, 2, ref, None, "text", body)
            answers.append(await socket.first(STORED if body == "once" else ERROR))
    first, second, third, refused = answers
    assert first == second == third
    assert not refused[4], "a retry cannot succeed"
    assert fresh_stack.sql("SELECT count(*) AS n, min(body) AS body FROM messages")[0]["n"] == 1
