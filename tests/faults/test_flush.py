"""FLUSHALL deletes presence: within one or two heartbeats all visitors and agents are present again."""

import pytest
import trio

from tests.faults.test_processes import OPEN, crowd
from tests.faults.test_slow_reader import agents_online
from tests.people import add_agent, add_project, at_work
from tests.stack import Stack

REBUILT_WITHIN = 60.0  # seconds; a heartbeat is 5
VISITORS = 20


@pytest.mark.soak
async def test_after_flushall_all_clients_are_present_again(fresh_stack: Stack) -> None:
    server = fresh_stack.spawn("server", **OPEN)
    fresh_stack.spawn("worker")
    project = add_project(fresh_stack)
    email = add_agent(fresh_stack, project)
    async with (
        at_work(server.port or 0, project, email) as agent,
        crowd(project, server, count=VISITORS) as visitors,
    ):
        for visitor in visitors:
            visitor.write("here")
            await visitor.emptied()

        async def here() -> tuple[int, int]:
            listed = await agent.call("GET", "/conversations?limit=100")
            online = sum(one["visitor"]["online"] for one in listed["items"])
            return await agents_online(server.url, project), online

        assert await here() == (1, VISITORS)
        with trio.fail_after(REBUILT_WITHIN):
            fresh_stack.redis("FLUSHALL")
            while await here() != (0, 0):  # a heartbeat came between, so presence was not seen deleted
                fresh_stack.redis("FLUSHALL")
            while await here() != (1, VISITORS):  # noqa: ASYNC110  there is no event to wait for
                await trio.sleep(0.2)
        assert all(visitor.connects == 1 for visitor in visitors), "a client had to reconnect"
