"""A database's disk is full: no message is acknowledged as stored, and with free space all recovers."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import trio

from tests.client import ERROR, Frame, Visitor
from tests.faults.check import assert_delivered, write_all
from tests.faults.disk import Disk, small_disk
from tests.faults.test_processes import OPEN, assert_complete, crowd, everything_stored
from tests.people import add_agent, add_project, at_work
from tests.stack import Servers, Stack

HEALED_WITHIN = 10.0  # seconds after space is free
SPARE = 10.0  # additional seconds for a busy machine
NOTICED_WITHIN = 30.0  # seconds within which a further write must fail
VISITORS, EACH = 20, 10
LONG = 4_800  # characters, so that reserved space is soon used up


class SmallDiskServers(Servers):
    """Postgres and Valkey of this test, one of them on a small disk."""

    def __init__(self, which: str, *, megabytes: int) -> None:
        """`which`: valkey or postgres."""
        self.disk: Disk | None = None
        self._which = which
        self._megabytes = megabytes
        self._mounted = ExitStack()
        try:
            super().__init__()
        except BaseException:
            self._mounted.close()
            raise

    def close(self) -> None:
        """Unmount the disk last."""
        with self._mounted:
            super().close()

    def _start_postgres(self) -> str:
        self._mount("postgres")
        return super()._start_postgres()

    def _start_valkey(self) -> str:
        self._mount("valkey")
        return super()._start_valkey()

    def _mount(self, name: str) -> None:
        if name == self._which:
            place = self.directory / name
            place.mkdir(mode=0o755)
            self.disk = self._mounted.enter_context(small_disk(place, megabytes=self._megabytes))


@pytest.fixture
def small_disk_stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    which, megabytes = request.param
    servers = SmallDiskServers(which, megabytes=megabytes)
    stack = Stack(servers)
    yield stack
    stack.close()
    servers.close()


def disk_of(stack: Stack) -> Disk:
    assert isinstance(stack.servers, SmallDiskServers)
    assert stack.servers.disk is not None
    return stack.servers.disk


def write_more(visitors: list[Visitor], written: dict[Visitor, list[str]]) -> None:
    for visitor in visitors:
        body = (
            f"{len(written[visitor])} {os.urandom(LONG // 2).hex()}"  # random, so that it does not compress
        )
        written[visitor].append(body)
        visitor.write(body)


@pytest.mark.parametrize("small_disk_stack", [("valkey", 16)], indirect=True)
@pytest.mark.soak
async def test_a_full_disk_under_redis_refuses_temporarily_and_loses_nothing(small_disk_stack: Stack) -> None:
    disk, server, worker = (
        disk_of(small_disk_stack),
        small_disk_stack.spawn("server", **OPEN),
        small_disk_stack.spawn("worker"),
    )
    project = add_project(small_disk_stack)
    email = add_agent(small_disk_stack, project)
    async with (
        at_work(server.port or 0, project, email) as agent,
        crowd(project, server, count=VISITORS) as crowded,
    ):
        written = write_all(crowded, each=EACH)
        await everything_stored(crowded)
        disk.fill()
        with trio.fail_after(NOTICED_WITHIN):
            while not any(refusals(visitor) for visitor in crowded):
                write_more(crowded[:1], written)
                await trio.sleep(0.1)
        write_more(crowded, written)
        assert all(frame[4] for visitor in crowded for frame in refusals(visitor)), "refused permanently"
        disk.make_room()
        await everything_stored(crowded, within=HEALED_WITHIN + SPARE)
        await agent.until(lambda: agent.count == sum(map(len, written.values())))
        assert_delivered(small_disk_stack, project, crowded, written)
        assert_complete(agent, crowded, written)
        assert server.code is None and worker.code is None


@pytest.mark.parametrize("small_disk_stack", [("postgres", 256)], indirect=True)
@pytest.mark.soak
async def test_a_full_disk_under_postgres_delays_and_loses_nothing(small_disk_stack: Stack) -> None:
    disk, server, worker = (
        disk_of(small_disk_stack),
        small_disk_stack.spawn("server", **OPEN),
        small_disk_stack.spawn("worker"),
    )
    project = add_project(small_disk_stack)
    email = add_agent(small_disk_stack, project)
    async with (
        at_work(server.port or 0, project, email) as agent,
        crowd(project, server, count=VISITORS) as crowded,
    ):
        written = write_all(crowded, each=EACH)
        await everything_stored(crowded)
        # Postgres stops when it cannot write its WAL, as on a broken disk, so it gets a fresh segment first.
        small_disk_stack.sql("SELECT pg_switch_wal()")
        small_disk_stack.sql("CHECKPOINT")
        disk.fill()
        with trio.fail_after(NOTICED_WITHIN):
            while "DiskFullError" not in worker.text:
                write_more(crowded, written)
                await trio.sleep(0.1)
        disk.make_room()
        await everything_stored(crowded, within=HEALED_WITHIN + SPARE)
        await agent.until(lambda: agent.count == sum(map(len, written.values())))
        assert_delivered(small_disk_stack, project, crowded, written)
        assert_complete(agent, crowded, written)
        assert small_disk_stack.sql("SELECT count(*) AS n FROM dead_letters")[0]["n"] == 0
        assert server.code is None and worker.code is None


def refusals(visitor: Visitor) -> list[Frame]:
    return visitor._online.all(ERROR) if visitor._online else []
