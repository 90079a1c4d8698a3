"""A process dies or a database restarts under load: no message is lost, duplicated or reordered."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from uuid import UUID

import pytest
import trio

from tests.client import Visitor
from tests.faults.check import assert_delivered, write_all
from tests.people import Agent, add_agent, add_project, at_work
from tests.running import Running
from tests.stack import Stack

OPEN = {"handshakes_per_minute": 100_000, "messages_per_minute": 100_000}  # all visitors share one IP address
VISITORS, EACH = 50, 30


@asynccontextmanager
async def crowd(project: bytes, *servers: Running, count: int = VISITORS) -> AsyncIterator[list[Visitor]]:
    """Visitors that stay connected to any of the servers that is up."""
    ports = cycle([server.port for server in servers])
    visitors = [Visitor(lambda: next(ports) or 0, project) for _ in range(count)]
    async with trio.open_nursery() as nursery:
        for visitor in visitors:
            nursery.start_soon(visitor.run)
        yield visitors
        nursery.cancel_scope.cancel()


async def under_load(visitors: list[Visitor]) -> None:
    """Wait until a visitor has a tenth of its texts stored, so that the fault happens in the middle."""
    await visitors[0].until(lambda: len(visitors[0].stored) >= EACH // 10)


async def everything_stored(visitors: list[Visitor], *, within: float = 60) -> None:
    with trio.fail_after(within):
        for visitor in visitors:
            await visitor.emptied(within=within)


async def test_a_worker_killed_between_commit_and_acknowledge_leaves_exactly_one_message(
    fresh_stack: Stack,
) -> None:
    server = fresh_stack.spawn("server", **OPEN)
    doomed = fresh_stack.spawn("worker", failpoint="inbound.after_commit")
    project = add_project(fresh_stack)
    async with crowd(project, server, count=1) as (visitor,):
        written = write_all([visitor], each=1)
        await trio.to_thread.run_sync(doomed.wait_for_end)
        assert doomed.code == -signal.SIGKILL
        assert fresh_stack.sql("SELECT count(*) AS n FROM messages")[0]["n"] == 1
        fresh_stack.spawn("worker")
        await visitor.emptied()
        assert_delivered(fresh_stack, project, [visitor], written)


async def test_a_relay_killed_between_publish_and_delete_delivers_to_the_client_once(
    fresh_stack: Stack,
) -> None:
    server = fresh_stack.spawn("server", **OPEN)
    project = add_project(fresh_stack)
    email = add_agent(fresh_stack, project)
    doomed = fresh_stack.spawn("worker", failpoint="relay.after_publish")
    async with (
        at_work(server.port or 0, project, email) as agent,
        crowd(project, server, count=1) as (visitor,),
    ):
        written = write_all([visitor], each=1)
        await agent.until(lambda: agent.count == 1)
        await trio.to_thread.run_sync(doomed.wait_for_end)
        # One row, or two if the machine was so busy that the client sent its text again.
        assert fresh_stack.sql("SELECT count(*) AS n FROM outbox")[0]["n"] >= 1
        fresh_stack.spawn("worker")
        await agent.until(lambda: agent.repeated == 1)  # published again, dropped by its seq
        assert agent.received == {visitor.conversation: {1: written[visitor][0]}}
        assert_delivered(fresh_stack, project, [visitor], written)


async def restart_under_load(stack: Stack, stop: str, start: str) -> None:
    """Stop a database under 50 visitors and an agent, start it again, and check every client's messages."""
    server, worker = stack.spawn("server", **OPEN), stack.spawn("worker")
    project = add_project(stack)
    email = add_agent(stack, project)
    async with at_work(server.port or 0, project, email) as agent, crowd(project, server) as visitors:
        written = write_all(visitors, each=EACH)
        await under_load(visitors)
        getattr(stack.servers, stop)()
        before = sum(len(visitor.stored) for visitor in visitors)
        getattr(stack.servers, start)()
        assert before < VISITORS * EACH, "the fault came after the load"
        await everything_stored(visitors)
        assert_delivered(stack, project, visitors, written)
        await agent.until(lambda: agent.count == VISITORS * EACH)
        assert_complete(agent, visitors, written)
        server.wait_for_path("/readyz")
        assert server.code is None and worker.code is None, "a process ended instead of recovering"


def assert_complete(agent: Agent, visitors: list[Visitor], written: dict[Visitor, list[str]]) -> None:
    """Assert that the agent has every conversation, complete and in order."""
    for visitor in visitors:
        seen = agent.received[visitor.conversation or b""]
        assert [seen[seq] for seq in sorted(seen)] == written[visitor]


@pytest.mark.soak
async def test_valkey_restarted_under_load_loses_nothing(fresh_stack: Stack) -> None:
    await restart_under_load(fresh_stack, "stop_valkey", "start_valkey")


@pytest.mark.soak
async def test_postgres_restarted_immediately_under_load_loses_nothing(fresh_stack: Stack) -> None:
    await restart_under_load(fresh_stack, "stop_postgres", "start_postgres")


@pytest.mark.soak
async def test_visitors_of_a_killed_gateway_resume_elsewhere_without_gaps_or_duplicates(
    fresh_stack: Stack,
) -> None:
    doomed, other = fresh_stack.spawn("server", **OPEN), fresh_stack.spawn("server", **OPEN)
    fresh_stack.spawn("worker")
    project = add_project(fresh_stack)
    email = add_agent(fresh_stack, project)
    async with at_work(other.port or 0, project, email) as agent, crowd(project, doomed, other) as visitors:
        write_all(visitors, each=EACH)
        await under_load(visitors)
        doomed.kill()
        for visitor in visitors:
            if visitor.conversation:  # sent while half of the visitors are offline
                await agent.reply(visitor.conversation, "an answer")
        await everything_stored(visitors)
        for visitor in visitors:
            if any(
                body == "an answer" for body in agent.received.get(visitor.conversation or b"", {}).values()
            ):
                await visitor.has_received("an answer")
            seqs = sorted(visitor.received)
            assert seqs == list(range(1, len(seqs) + 1)), "a gap in the replay"
        rows = fresh_stack.sql("SELECT count(*) AS n FROM messages WHERE sender_party = 'visitor'")[0]["n"]
        assert rows == VISITORS * EACH == sum(len(visitor.stored) for visitor in visitors)
        assert all(not visitor.unrecovered for visitor in visitors), "a short gap needs no HTTP"


@pytest.mark.soak
async def test_a_server_terminated_under_load_loses_nothing(fresh_stack: Stack) -> None:
    leaving = fresh_stack.spawn("server", **OPEN, drain_seconds=2)
    other = fresh_stack.spawn("server", **OPEN)
    fresh_stack.spawn("worker")
    project = add_project(fresh_stack)
    async with crowd(project, leaving, other) as visitors:
        written = write_all(visitors, each=EACH)
        await under_load(visitors)
        leaving.signal(signal.SIGTERM)
        await everything_stored(visitors)
        assert_delivered(fresh_stack, project, visitors, written)
        assert await trio.to_thread.run_sync(leaving.wait_for_end) == 0


@pytest.mark.soak
async def test_a_worker_terminated_under_load_finishes_its_batch(fresh_stack: Stack) -> None:
    server, leaving = fresh_stack.spawn("server", **OPEN), fresh_stack.spawn("worker")
    project = add_project(fresh_stack)
    async with crowd(project, server) as visitors:
        written = write_all(visitors, each=EACH)
        await under_load(visitors)
        leaving.signal(signal.SIGTERM)
        fresh_stack.spawn("worker")
        await everything_stored(visitors)
        assert_delivered(fresh_stack, project, visitors, written)
        assert await trio.to_thread.run_sync(leaving.wait_for_end) == 0


@pytest.mark.soak
async def test_fifty_parallel_first_messages_of_one_visitor_make_one_conversation(fresh_stack: Stack) -> None:
    server = fresh_stack.spawn("server", **OPEN)
    fresh_stack.spawn("worker")
    project = add_project(fresh_stack)
    async with crowd(project, server, count=1) as (first,):
        await first.online()
        tabs = [Visitor(lambda: server.port or 0, project) for _ in range(4)]
        async with trio.open_nursery() as nursery:
            for tab in tabs:
                tab.key = first.key
                nursery.start_soon(tab.run)
                write_all([tab], each=10)
            write_all([first], each=10)
            await everything_stored([first, *tabs])
            nursery.cancel_scope.cancel()
        assert len({tab.conversation for tab in [first, *tabs]}) == 1
        counts = fresh_stack.sql(
            "SELECT (SELECT count(*) FROM visitors) AS v, (SELECT count(*) FROM conversations) AS c,"
            " (SELECT count(*) FROM messages WHERE project_id = $1) AS m",
            UUID(bytes=project),
        )[0]
        assert (counts["v"], counts["c"], counts["m"]) == (1, 1, 50)
