"""Which node of a cluster has which slot: asked at the start and again after errors, until a node answers.

What coredis 6.9 does otherwise (tests/integration/core/test_cluster_layout.py): a client cannot be entered
while no node answers, where that of one Redis can; a node that is reachable and silent ends the task that
asks, and the client with it; the wait between two questions doubles up to half a minute; and once all nodes
that were known are gone, those of the URL are not asked again.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from anyio import TASK_STATUS_IGNORED, fail_after, sleep
from anyio.abc import TaskStatus
from coredis.cluster._discovery import DiscoveryService
from coredis.cluster._layout import ClusterLayout
from coredis.cluster._node import ClusterNodeLocation as Node
from coredis.connection import TCPLocation
from coredis.exceptions import RedisClusterError, RedisError

from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters

LOST: Final = (RedisError, OSError, TimeoutError, ExceptionGroup)
"""What asking a node may raise; a group comes from the client's own tasks."""

RETRY_INTERVAL: Final = 0.5  # seconds between two questions: a failover takes a few
TIMEOUT: Final = 2.0  # seconds for the answer of one node
# Reports that wait; further ones are dropped, because the layout is asked for anyway.
MAX_REPORTS: Final = 100
SLOTS: Final = 16_384

Slots = defaultdict[int, list[Node]]


class Discovery(DiscoveryService):
    """Asks the nodes known and those of the URL, in any order, until one knows all slots."""

    async def get_cluster_layout(self) -> tuple[list[Node], Slots]:
        """The nodes, and those of each slot, its primary first; raises RedisClusterError.

        Where no node knows all slots, the layout with most: the rest of the cluster may be used.
        """
        known = {node.name: node for node in (*self._startup_nodes, *self._initial_startup_nodes)}
        best: tuple[list[Node], Slots] = ([], defaultdict(list))
        for node in random.sample(list(known.values()), len(known)):
            found = await self._asked(node)
            if len(found[1]) > len(best[1]):
                best = found
            if len(found[1]) == SLOTS:
                break
        if not best[0]:
            raise RedisClusterError(f"none of {len(known)} nodes of the cluster answers")
        self._startup_nodes[:] = best[0]
        return best

    async def _asked(self, node: Node) -> tuple[list[Node], Slots]:
        try:
            with fail_after(TIMEOUT):
                async with node.as_client(**self._connection_kwargs) as redis:
                    return _read(await redis.cluster_slots(), asked=node)
        except LOST:
            return [], defaultdict(list)


class Layout(ClusterLayout):
    """The layout of one client."""

    def __init__(self, nodes: Sequence[TCPLocation], **connection: Any) -> None:
        """`nodes`: those of the URL. `connection`: how a node is connected to."""
        super().__init__(Discovery(nodes, **connection), error_threshold=MAX_REPORTS // 2)

    async def initialize(self) -> None:
        """Asks once. Where no node answers, calls fail until one does."""
        try:
            await self._refresh()
        except RedisError as error:
            self.report_errors(None, error)

    async def monitor(self, task_status: TaskStatus[None] = TASK_STATUS_IGNORED) -> None:
        """After errors, asks until a node answers; then for as long as further errors come."""
        task_status.started()
        while True:
            await self._error_stream[1].receive()
            while self._error_stream[1].statistics().current_buffer_used:
                self._error_stream[1].receive_nowait()
            try:
                await self._refresh()
            except RedisError as error:
                self.report_errors(None, error)
            await sleep(RETRY_INTERVAL)

    async def _refresh(self) -> None:
        await super()._refresh()
        _say(frozenset(node.name for node in self.primaries))

    def random_node(self, primary: bool = True) -> Node:  # noqa: FBT001, FBT002  as coredis has it
        """Any node; raises RedisClusterError where none is known."""
        if not self._nodes:
            raise RedisClusterError("no node of the cluster answered yet")
        return super().random_node(primary)


def _say(primaries: frozenset[str]) -> None:
    """Once for all clients of the process."""
    counters[Metric.REDIS_PRIMARIES] = len(primaries)
    if primaries not in _said:
        log(Log.REDIS_CLUSTER, primaries=sorted(primaries))
        counters[Metric.REDIS_CHANGES] += bool(_said)
        _said[:] = [primaries]


_said: list[frozenset[str]] = []


def _read(answer: Any, *, asked: Node) -> tuple[list[Node], Slots]:
    nodes: dict[str, Node] = {}
    slots: Slots = defaultdict(list)
    for (first, last), places in answer.items():
        here = [nodes.setdefault(node.name, node) for node in _nodes(places, asked=asked)]
        for slot in range(first, last + 1):
            slots[slot] = [*here]
    return list(nodes.values()), slots


def _nodes(places: Sequence[Any], *, asked: Node) -> Iterator[Node]:
    """A node that does not know its own address says none: it is the one that was asked."""
    for number, place in enumerate(places):
        yield Node(
            host=place["host"] or asked.host,
            port=place["port"],
            server_type="replica" if number else "primary",
            node_id=place["node_id"],
        )
