"""Hops 6 and 7 with two relays at once, a relay on a dead connection, or no NOTIFY."""

import statistics
from urllib.parse import urlsplit

import pytest
import trio

from tests.faults.check import assert_delivered, write_all
from tests.faults.proxy import Proxy
from tests.faults.sabotage import spawn
from tests.faults.test_processes import EACH, OPEN, VISITORS, assert_complete, crowd, everything_stored
from tests.people import add_agent, add_project, at_work
from tests.stack import Stack

ANOTHER_WITHIN = 30.0  # seconds in which another relay leads
BY_POLLING = 0.3  # seconds, the median of all
BY_NOTIFY = 0.03  # seconds, the median of messages that need no poll; about 0.008
MEASURED = 31  # messages


@pytest.mark.soak
async def test_two_relays_that_both_lead_publish_twice_and_lose_nothing(fresh_stack: Stack) -> None:
    server = fresh_stack.spawn("server", **OPEN)
    relays = [
        fresh_stack.spawn("worker", "relay"),
        spawn(fresh_stack, "second_relay", "worker", "relay"),
    ]
    fresh_stack.spawn("worker", "inbound")
    for one in relays:
        one.wait_for_line("relay.leads")
    project = add_project(fresh_stack)
    email = add_agent(fresh_stack, project)
    async with at_work(server.port or 0, project, email) as agent, crowd(project, server) as visitors:
        written = write_all(visitors, each=EACH)
        await everything_stored(visitors)
        await agent.until(lambda: agent.count == VISITORS * EACH)
        assert_delivered(fresh_stack, project, visitors, written)
        assert_complete(agent, visitors, written)
    relays[0].wait_until(lambda: not outbox(fresh_stack), what="an empty outbox")
    assert not any("stage.failed" in one.text for one in relays)


@pytest.mark.soak
async def test_a_relay_on_a_dead_connection_is_replaced(fresh_stack: Stack) -> None:
    server, proxy = fresh_stack.spawn("server", **OPEN), Proxy(port_of(fresh_stack.database_url))
    fresh_stack.spawn("worker", "inbound")
    project = add_project(fresh_stack)
    email = add_agent(fresh_stack, project)
    async with trio.open_nursery() as nursery:
        await nursery.start(proxy.serve)
        first = fresh_stack.spawn("worker", "relay", database_url=proxy.url(fresh_stack.database_url))
        await trio.to_thread.run_sync(first.wait_for_line, "relay.leads")
        heir = fresh_stack.spawn("worker", "relay")
        async with (
            at_work(server.port or 0, project, email) as agent,
            crowd(project, server, count=1) as (visitor,),
        ):
            visitor.write("published by the first relay")
            await agent.until(lambda: agent.count == 1)
            assert "relay.leads" not in heir.text
            proxy.dark = True  # its connection stays open, and its lease with it
            visitor.write("published by its successor")
            await agent.until(lambda: agent.count == 2, within=ANOTHER_WITHIN)
            assert "relay.leads" in heir.text
            proxy.dark = False
            proxy.reset()
            visitor.write("published once")
            await agent.until(lambda: agent.count == 3)
        nursery.cancel_scope.cancel()


@pytest.mark.alone
@pytest.mark.soak
async def test_without_notify_events_are_published_by_polling(fresh_stack: Stack) -> None:
    server, relay = fresh_stack.spawn("server", **OPEN), fresh_stack.spawn("worker", "relay")
    spawn(fresh_stack, "mute", "worker", "inbound")
    relay.wait_for_line("relay.leads")
    project = add_project(fresh_stack)
    email = add_agent(fresh_stack, project)
    late: list[float] = []
    async with (
        at_work(server.port or 0, project, email) as agent,
        crowd(project, server, count=1) as (visitor,),
    ):
        for number in range(MEASURED):
            began = trio.current_time()
            visitor.write(str(number))
            await agent.until(lambda number=number: agent.count == number + 1)  # type: ignore[misc]
            late.append(trio.current_time() - began)
            # Varied, so that messages are not always written just after a poll.
            await trio.sleep(number / MEASURED * 0.2)
    assert BY_NOTIFY < statistics.median(late) <= BY_POLLING, sorted(late)


def outbox(stack: Stack) -> int:
    count: int = stack.sql("SELECT count(*) AS n FROM outbox")[0]["n"]
    return count


def port_of(url: str) -> int:
    return urlsplit(url).port or 0
