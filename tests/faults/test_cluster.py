"""A Valkey cluster under a fleet of two servers and two workers: kill -9 of the primary with the commands."""

import json
import os
from collections.abc import Iterator

import pytest
import trio

from core.telemetry.log import Log
from tests.cluster import ValkeyCluster, valkey_cluster
from tests.faults.chaos import ledger
from tests.faults.chaos.load import Load
from tests.faults.chaos.redis import ClusterRedis
from tests.faults.chaos.run import WHOLE_WITHIN, chaos
from tests.faults.chaos.targets import Seat, Targets
from tests.faults.chaos.waiting import until
from tests.patience import PATIENCE
from tests.stack import Servers, Stack

HEALED_WITHIN = 15.0  # seconds from kill -9 until every visitor's new text is stored and seen by both agents
TURN = 0.05  # seconds between two portions of the load


@pytest.fixture
def cluster() -> Iterator[ValkeyCluster]:
    with valkey_cluster() as made:
        yield made


@pytest.fixture
def cluster_stack(servers: Servers, cluster: ValkeyCluster) -> Iterator[Stack]:
    """A fresh database, and a cluster of its own."""
    made = Stack(servers, cluster)
    yield made
    made.close()


RATE = int(os.environ.get("PARLEY_CLUSTER_RATE", "300"))  # messages a second of the long proofs
SEED = int(os.environ.get("PARLEY_CHAOS_SEED", "404"))


@pytest.mark.slow
async def test_all_roles_heal_after_the_end_of_the_primary_with_the_commands(cluster_stack: Stack) -> None:
    await heal(cluster_stack, deaths=1, rate=60, writers=20)


@pytest.mark.soak
@pytest.mark.alone
async def test_three_times_under_three_hundred_messages_a_second(cluster_stack: Stack) -> None:
    await heal(cluster_stack, deaths=3, rate=RATE, writers=120)


@pytest.mark.soak
@pytest.mark.alone
async def test_three_times_with_the_streams_of_commands_spread(cluster_stack: Stack) -> None:
    await heal(cluster_stack, deaths=3, rate=RATE, writers=120, slots=3)


@pytest.mark.soak
async def test_the_streams_are_spread_and_put_together_again_while_messages_flow(
    cluster_stack: Stack,
) -> None:
    """One process after the other gets another setting; nothing is lost, and each visitor's order is kept."""
    targets = Targets(cluster_stack)
    load = Load(targets, writers=40)
    pouring = trio.CancelScope()
    try:
        async with trio.open_nursery() as nursery:
            await targets.serve(nursery)
            for client in load.clients:
                nursery.start_soon(client.run)
            nursery.start_soon(pour, load, 60, pouring)
            for slots in (3, 1):
                for seat in seats(targets):
                    await load.until_stored(load.stored + 100, within=PATIENCE)
                    assert await seat.set("PARLEY_STREAM_SLOTS", slots) == 0
                await load.until_stored(load.stored + 300, within=PATIENCE)
            pouring.cancel()
            await at_rest(targets, load)
            nursery.cancel_scope.cancel()
    finally:
        targets.close()


@pytest.mark.soak
async def test_six_faults_in_five_thousand_messages_lose_duplicate_and_reorder_none(
    cluster_stack: Stack,
) -> None:
    """A server is paused, one killed, a worker too; Redis loses all, and a primary by SIGKILL and SIGSTOP."""
    await chaos(cluster_stack, seed=SEED, faults=6, messages=5_000, writers=60)


async def heal(stack: Stack, *, deaths: int, rate: int, writers: int, slots: int = 1) -> None:
    """Kill the primary with the commands `deaths` times under load; nothing is lost, and all roles heal."""
    targets = Targets(stack, slots=slots)
    assert isinstance(targets.redis, ClusterRedis)
    load = Load(targets, writers=writers)
    pouring = trio.CancelScope()
    try:
        async with trio.open_nursery() as nursery:
            await targets.serve(nursery)
            for client in load.clients:
                nursery.start_soon(client.run)
            load.release(2 * writers)
            await load.until_stored(2 * writers, within=PATIENCE)
            nursery.start_soon(pour, load, rate, pouring)
            for number in range(1, deaths + 1):
                await load.until_stored(load.stored + 2 * rate, within=PATIENCE)
                print(f"death {number}: {await one_death(targets, targets.redis, load)}")
            pouring.cancel()
            await at_rest(targets, load)
            nursery.cancel_scope.cancel()
    finally:
        targets.close()


async def at_rest(targets: Targets, load: Load) -> None:
    """All that was written is stored, seen by all, and in order."""
    await load.until_stored(load.released, within=2 * PATIENCE)
    await load.until_whole(within=WHOLE_WITHIN)
    await ledger.come_to_rest(targets)
    for seat in seats(targets):
        seat.check()
    total = await ledger.check(targets, load.project, load.writers, load.watchers)
    print(f"{total} messages, each once and in order")


async def pour(load: Load, rate: int, scope: trio.CancelScope) -> None:
    """Texts at an even rate, until cancelled."""
    begun, before = trio.current_time(), load.released
    with scope:
        while True:
            await trio.sleep(TURN)
            load.release(before + int(rate * (trio.current_time() - begun)))


async def one_death(targets: Targets, redis: ClusterRedis, load: Load) -> str:
    """Kill it, wait for all roles, and put it back as a replica."""
    node, before = redis.with_commands(), load.stored
    lines = [len(seat.running.text) for seat in seats(targets)]
    node.running.kill()
    killed = trio.current_time()
    # One text of each may have been on its way: the second one is written after the death.
    wanted = [len(writer.stored) + 2 for writer in load.writers]
    await redis.replaced(node)
    replaced = trio.current_time() - killed

    def seen() -> bool:
        """Each visitor has written since; that is stored, and both agents have it, if with gaps."""
        return all(
            len(writer.stored) >= count
            and all(
                agent.copies[writer.conversation or b""].last >= writer.stored[count - 1]
                for agent in load.watchers
            )
            for writer, count in zip(load.writers, wanted, strict=True)
        )

    def broken() -> list[str]:
        return [
            f"{seat.name}: {stage}"
            for seat, line in zip(seats(targets), lines, strict=True)
            for stage in failing(seat.running.text[line:])
        ]

    healed = await until(seen, within=HEALED_WITHIN)
    seconds = trio.current_time() - killed
    stored = f"{load.stored - before} stored since, {before} before, of {load.released}"
    assert healed, f"not healed after {seconds:.1f} s: {stored}; failing: {broken()}; {lag(load, wanted)}"
    assert await until(lambda: not broken(), within=HEALED_WITHIN - seconds), f"still failing: {broken()}"
    last = trio.current_time() - killed
    node.running.restart()  # in the main thread, because a child dies with the thread that started it
    await redis.whole()
    return (
        f"{before} were stored; a replica took over after {replaced:.1f} s;"
        f" every visitor was served after {seconds:.1f} s, the last stage worked after {last:.1f} s"
    )


def seats(targets: Targets) -> list[Seat]:
    return [*targets.servers, *targets.workers]


def failing(log: str) -> set[str]:
    """The stages that failed and have not said that they are back."""
    found: set[str] = set()
    for line in log.splitlines():
        said = json.loads(line) if line.startswith("{") else {}
        if said.get("event") == Log.STAGE_FAILED:
            found.add(said["stage"])
        elif said.get("event") == Log.STAGE_BACK:
            found.discard(said["stage"])
    return found


def lag(load: Load, wanted: list[int]) -> list[str]:
    """For the report: the visitors whose newest texts are not stored."""
    return [
        f"visitor {writer.number}: {len(writer.stored)} of {writer.written}, {writer.last_error}"
        for writer, count in zip(load.writers, wanted, strict=True)
        if len(writer.stored) < count
    ][:5]
