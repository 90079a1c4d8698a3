"""What faults hit of Redis: one Valkey, or the nodes of a cluster."""

import contextlib
import shutil
from collections.abc import Awaitable, Callable, Sequence

import trio

from core.bus import names
from tests.cluster import Node, ValkeyCluster
from tests.faults.chaos.waiting import until
from tests.stack import Stack

START_WITHIN = 60.0  # seconds; the machine may be busy
REPLACED_WITHIN = 30.0  # seconds until a replica is primary in place of one that is gone

Ask = Callable[..., Awaitable[bytes]]


class OneRedis:
    """The Valkey of the stack."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    async def ask(self, *words: str) -> bytes:
        """The first line of the reply to one command."""
        return await trio.to_thread.run_sync(self._stack.redis, *words)

    @property
    def each(self) -> Sequence[Ask]:
        """For a command to every primary."""
        return [self.ask]

    async def restart(self, *, kill: bool) -> None:
        """After kill -9 the writes of the last second may be lost."""
        await self._restart(kill=kill, wipe=False)

    async def wipe(self) -> None:
        """kill -9, and all data is lost."""
        await self._restart(kill=True, wipe=True)

    async def _restart(self, *, kill: bool, wipe: bool) -> None:
        valkey, running = self._stack.servers._own(self._stack.servers._valkey)
        await trio.to_thread.run_sync(running.kill if kill else running.stop)
        if wipe:
            shutil.rmtree(self._stack.servers.directory / "valkey" / "appendonlydir")
        running.restart()
        await trio.to_thread.run_sync(
            lambda: running.wait_until(lambda: valkey.ready(running.pid), within=START_WITHIN, what="ready")
        )


class ClusterRedis:
    """The nodes of a cluster, which keep nothing on disk."""

    def __init__(self, cluster: ValkeyCluster) -> None:
        self._cluster = cluster

    async def ask(self, *words: str) -> bytes:
        """The first line of the reply of the node that has the key, or of the last of all primaries."""
        return await trio.to_thread.run_sync(self._cluster.ask, *words)

    @property
    def each(self) -> Sequence[Ask]:
        """For a command to every primary."""
        return [self._to(node) for node in self._cluster.primaries]

    async def restart(self, *, kill: bool) -> None:
        """That of the primary with the commands, once a replica is in its place."""
        node = self.with_commands()
        await trio.to_thread.run_sync(node.running.kill if kill else node.running.stop)
        await self.replaced(node)
        node.running.restart()  # in the main thread, because a child dies with the thread that started it
        await self.whole()

    async def stop(self, *, seconds: float) -> None:
        """SIGSTOP of the primary with the commands: it is replaced, and does not know it when it goes on."""
        node = self.with_commands()
        node.running.pause()
        await trio.sleep(seconds)
        await self.replaced(node)
        node.running.resume()
        await self.whole()

    async def wipe(self) -> None:
        """kill -9 of all, and all data is lost."""
        for node in self._cluster.nodes:
            node.running.kill()
        for node in self._cluster.nodes:
            node.running.restart()
        await self.whole()

    def with_commands(self) -> Node:
        """The primary that has the command streams."""
        return self._cluster.primary_of(names.commands(0))

    async def replaced(self, node: Node) -> None:
        """Wait until another node has the slots of `node`."""

        def done() -> bool:
            with contextlib.suppress(AssertionError, OSError):
                return self._cluster.primary_of(names.commands(0), but=node) is not node
            return False

        assert await until(done, within=REPLACED_WITHIN), "no replica took over"

    async def whole(self) -> None:
        """Wait until every node that runs is in step."""

        def whole() -> bool:
            with contextlib.suppress(OSError):
                return self._cluster.is_whole()
            return False

        assert await until(whole, within=START_WITHIN), "the cluster is not whole"

    @staticmethod
    def _to(node: Node) -> Ask:
        async def ask(*words: str) -> bytes:
            return await trio.to_thread.run_sync(node.first_line, *words)

        return ask


Redis = OneRedis | ClusterRedis


def redis_of(stack: Stack) -> Redis:
    """What a stack's processes use."""
    return OneRedis(stack) if stack.cluster is None else ClusterRedis(stack.cluster)
