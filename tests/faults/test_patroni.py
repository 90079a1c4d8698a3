"""PostgreSQL under Patroni: the primary is killed, and switched, under load; nothing stored is lost."""

import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from itertools import cycle
from pathlib import Path

import pytest
import trio

from tests.client import Visitor
from tests.faults.check import assert_delivered
from tests.faults.test_processes import everything_stored
from tests.patience import PATIENCE
from tests.patroni.cluster import PatroniCluster, patroni_cluster
from tests.patroni.install import tool
from tests.people import add_project
from tests.stack import Servers, Stack

RATE = int(os.environ.get("PARLEY_TEST_PATRONI_RATE", "300"))  # messages a second when the primary dies
CALM = 60  # messages a second in a switchover, whose waits are measured: of it, not of a busy machine
WRITERS = 100
WRITING_WITHIN = 30.0  # seconds from the death of the primary until texts are stored again
MAX_WAIT = 10.0  # seconds for `stored`, during a planned switchover
OPEN = {"handshakes_per_minute": 100_000, "messages_per_minute": 100_000}

pytestmark = [
    pytest.mark.soak,
    pytest.mark.alone,
    pytest.mark.skipif(tool("patroni") is None, reason="python -m tests.patroni.install"),
]


@pytest.fixture
def cluster() -> Iterator[PatroniCluster]:
    place = tempfile.TemporaryDirectory(prefix="parley-patroni-", dir="/var/tmp")
    with place as home, patroni_cluster(Path(home)) as made:
        yield made


@pytest.fixture
def stack(cluster: PatroniCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """Migrations, servers and workers know all hosts, and nothing of Patroni."""
    monkeypatch.setenv("PARLEY_TEST_DATABASE_URL", cluster.url)
    servers = Servers()
    made = Stack(servers)
    yield made
    made.close()
    servers.close()


class Timed(Visitor):
    """A visitor that notes how long each of its texts took to be stored, and when."""

    def __init__(self, ports: Callable[[], int], project: bytes) -> None:
        super().__init__(ports, project)
        self.begun: dict[bytes, float] = {}
        self.done: list[tuple[float, float]] = []  # when a text was stored, and how long that took

    def write(self, body: str) -> bytes:
        ref = super().write(body)
        self.begun[ref] = trio.current_time()
        return ref

    def _receive(self, frame: list[object]) -> None:
        before = len(self.stored)
        super()._receive(frame)
        if len(self.stored) > before and isinstance(ref := frame[1], bytes):
            now = trio.current_time()
            self.done.append((now, now - self.begun[ref]))


class Load:
    """Visitors that write at an even rate; the texts of each are in `written`, in order."""

    def __init__(self, stack: Stack, *, rate: int) -> None:
        self.rate = rate
        self.project = add_project(stack)
        servers = [stack.spawn("server", **OPEN) for _ in range(2)]
        for _ in range(2):
            stack.spawn("worker")
        ports = cycle([server.port or 0 for server in servers])
        self.visitors = [Timed(lambda: next(ports), self.project) for _ in range(WRITERS)]
        self.written: dict[Visitor, list[str]] = {visitor: [] for visitor in self.visitors}
        self.scope = trio.CancelScope()

    @property
    def stored(self) -> int:
        return sum(len(visitor.stored) for visitor in self.visitors)

    def stored_since(self, when: float) -> bool:
        return any(visitor.done and visitor.done[-1][0] > when for visitor in self.visitors)

    async def pour(self) -> None:
        begun, count = trio.current_time(), 0
        turns = cycle(self.visitors)
        with self.scope:
            while True:
                await trio.sleep(0.02)
                while count < self.rate * (trio.current_time() - begun):
                    visitor = next(turns)
                    body = f"text {len(self.written[visitor])}"
                    self.written[visitor].append(body)
                    visitor.write(body)
                    count += 1

    async def until(self, holds: Callable[[], bool], *, within: float) -> None:
        with trio.fail_after(within):
            while not holds():  # noqa: ASYNC110  many visitors have many events
                await trio.sleep(0.05)


async def under_load(stack: Stack, fault: Callable[[Load], Awaitable[None]], *, rate: int) -> None:
    """Run `fault(load)` while messages flow; at the end the ledger is clean."""
    load = Load(stack, rate=rate)
    async with trio.open_nursery() as nursery:
        for visitor in load.visitors:
            nursery.start_soon(visitor.run)
        nursery.start_soon(load.pour)
        await load.until(lambda: load.stored > 3 * rate, within=2 * PATIENCE)
        await fault(load)
        load.scope.cancel()
        await everything_stored(list(load.visitors), within=4 * PATIENCE)
        nursery.cancel_scope.cancel()
    assert_delivered(stack, load.project, load.visitors, load.written)
    print(f"{load.stored} texts, each once and in order")


async def test_a_killed_primary_loses_nothing_that_was_stored(cluster: PatroniCluster, stack: Stack) -> None:
    async def death(load: Load) -> None:
        old = cluster.primary()
        assert old is not None
        before = load.stored
        old.die()
        died = trio.current_time()
        shown = {ref for visitor in load.visitors for ref in visitor.stored}
        await trio.sleep(1)  # what was on its way when it died
        await load.until(lambda: load.stored_since(died + 1), within=WRITING_WITHIN)
        took = trio.current_time() - died
        new = await trio.to_thread.run_sync(cluster.primary)
        assert new is not None and new is not old
        print(f"{before} stored before, {len(shown)} shown at the death; writing again after {took:.1f} s")
        assert took <= WRITING_WITHIN
        at = load.stored
        await load.until(lambda: load.stored > at + 3 * RATE, within=PATIENCE)

    await under_load(stack, death, rate=RATE)


async def test_a_planned_switchover_is_a_short_wait(cluster: PatroniCluster, stack: Stack) -> None:
    async def switch(load: Load) -> None:
        old = cluster.primary()
        assert old is not None
        other = next(node for node in cluster.nodes if node is not old)
        await load.until(lambda: sum(len(one.unsent) for one in load.visitors) < CALM / 4, within=PATIENCE)
        begun = trio.current_time()
        await trio.to_thread.run_sync(old.switch_to, other)
        await load.until(lambda: load.stored_since(trio.current_time() - 0.5), within=PATIENCE)
        at = load.stored
        await load.until(lambda: load.stored > at + 3 * CALM, within=PATIENCE)
        waits = [wait for visitor in load.visitors for when, wait in visitor.done if when > begun]
        print(f"longest wait for `stored` in a switchover: {max(waits):.1f} s of {len(waits)} texts")
        assert max(waits) <= MAX_WAIT
        assert await trio.to_thread.run_sync(cluster.primary) is other

    await under_load(stack, switch, rate=CALM)
