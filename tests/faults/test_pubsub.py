"""Pub/Sub drops payloads silently: `seq`, numbered payloads and a polled counter detect the loss."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio

from tests.client import Visitor
from tests.faults.check import assert_delivered, write_all
from tests.faults.losses import Losses
from tests.faults.proxy import Proxy
from tests.faults.test_processes import OPEN, assert_complete, crowd, everything_stored
from tests.people import Agent, add_agent, add_project, at_work
from tests.stack import Stack

VISITORS, EACH = 20, 30
AFTER_AN_EVENT, IN_SILENCE = 2.0, 10.0  # seconds
SPARE = 1.0  # additional second for a busy machine

pytestmark = pytest.mark.alone


@asynccontextmanager
async def lossy_server(stack: Stack) -> AsyncIterator[tuple[Losses, bytes, Agent, list[Visitor]]]:
    """An agent and visitors on one server whose Pub/Sub connection drops payloads."""
    losses, proxy = Losses(seed=7), Proxy(int(stack.redis_url.rsplit(":", 1)[1].split("/")[0]))
    proxy.sieve = losses.line
    project = add_project(stack)
    email = add_agent(stack, project)
    async with trio.open_nursery() as nursery:
        await nursery.start(proxy.serve)
        server = stack.spawn("server", wait=False, redis_url=proxy.url(stack.redis_url), **OPEN)
        stack.spawn("worker")
        await trio.to_thread.run_sync(server.wait_for_path, "/livez")
        async with (
            at_work(server.port or 0, project, email) as agent,
            crowd(project, server, count=VISITORS) as visitors,
        ):
            yield losses, project, agent, visitors
        nursery.cancel_scope.cancel()


@pytest.mark.soak
async def test_one_payload_in_twenty_is_lost_and_all_clients_are_complete(fresh_stack: Stack) -> None:
    async with lossy_server(fresh_stack) as (losses, project, agent, visitors):
        losses.share = 0.05
        written = write_all(visitors, each=EACH)
        await everything_stored(visitors)
        await agent.until(lambda: agent.count == VISITORS * EACH, within=IN_SILENCE)
        assert losses.lost, "no payload was lost, so the test proves nothing"
        assert_delivered(fresh_stack, project, visitors, written)
        assert_complete(agent, visitors, written)


@pytest.mark.soak
async def test_five_seconds_of_lost_payloads_are_recovered_after_the_next_event(
    fresh_stack: Stack,
) -> None:
    async with lossy_server(fresh_stack) as (losses, project, agent, visitors):
        written = write_all(visitors, each=1)
        await agent.until(lambda: agent.count == VISITORS)
        losses.share = 1.0
        for visitor in visitors:
            written[visitor].append("unheard")
            visitor.write("unheard")
        await trio.sleep(5)
        losses.share = 0.0
        healed = trio.current_time() + AFTER_AN_EVENT + SPARE
        written[visitors[0]].append("heard")
        visitors[0].write("heard")
        await agent.until(
            lambda: agent.count == 2 * VISITORS + 1, within=max(0.1, healed - trio.current_time())
        )
        await everything_stored(visitors)
        assert losses.lost
        assert_delivered(fresh_stack, project, visitors, written)
        assert_complete(agent, visitors, written)


async def test_a_lost_last_message_before_a_quiet_period_is_recovered(fresh_stack: Stack) -> None:
    async with lossy_server(fresh_stack) as (losses, _, agent, visitors):
        write_all(visitors[:1], each=1)
        await agent.until(lambda: agent.count == 1)
        await everything_stored(visitors)
        conversation = visitors[0].conversation or b""
        losses.share = 1.0
        await agent.reply(conversation, "the last word")
        with trio.fail_after(IN_SILENCE):
            while not losses.lost:  # noqa: ASYNC110  there is no event to wait for
                await trio.sleep(0.02)
            losses.share = 0.0
            # No client writes any more.
            await agent.until(lambda: "the last word" in agent.received[conversation].values())
