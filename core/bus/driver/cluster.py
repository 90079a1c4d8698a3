"""A client of Redis Cluster for those who use one Redis: routes by slot, and notices when a node is gone.

What coredis 6.9 lacks for that (tests/integration/core/test_cluster.py): in a pipeline a PUBLISH raises
UnboundLocalError and other commands without a key have no node, TIME has none anywhere, a refused connection
is no reason to ask for the layout again, and its pool leaks the slots of calls that were cancelled and of
connections that died.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import coredis
from anyio import fail_after
from coredis._utils import hash_slot
from coredis.connection import TCPLocation
from coredis.exceptions import ConnectionError as NotConnected
from coredis.patterns.pipeline import ClusterPipeline
from coredis.pool import ClusterConnectionPool
from coredis.retry import NoRetryPolicy

from core.bus.driver import address
from core.bus.driver.layout import LOST, Layout

_PUBLISH: Final = b"PUBLISH"
_TIME: Final = b"TIME"


class Pool(ClusterConnectionPool):
    """Each slot of a node is free, or its connection is lent and comes back, also a dead one."""

    def __init__(self, nodes: list[TCPLocation], **options: Any) -> None:
        super().__init__(startup_nodes=nodes, **options)
        self.cluster_layout = Layout(nodes, **self.connection_kwargs)

    def release(self, connection: Any) -> None:
        """Returns the connection; in place of a dead one the next caller makes a new one."""
        super().release(connection)
        if connection.usable:
            self._wake(self._node_pool(connection.location))  # also behind a caller who was cancelled
        else:
            self._free(connection.location)

    async def _get_connection_by_node(self, node: Any) -> Any:
        location = TCPLocation(node.host, node.port)
        queue = self._node_pool(location)
        try:
            with fail_after(self.timeout):
                connection = await queue.get()
        except BaseException:
            self._wake(queue)  # who waits behind us must not miss what was put meanwhile
            raise
        if connection and connection.reusable:
            return connection
        if connection:
            connection.invalidate()
        try:
            return await self._make_node_connection(node)
        except BaseException:
            self._free(location)
            raise

    def _free(self, location: TCPLocation) -> None:
        queue = self._node_pool(location)
        if len(queue) < queue._maxsize:  # noqa: SLF001  as in core.bus.driver.pool
            queue.append_nowait(None)
        self._wake(queue)

    def _wake(self, queue: Any) -> None:
        if len(queue):
            while queue._getters:  # noqa: SLF001
                queue._getters.popleft().set()  # noqa: SLF001


class Pipeline(ClusterPipeline[bytes]):
    """Commands without a key go where the first one with a key goes; a room has the slot of its project.

    So all payloads of a room are published at one node, which keeps their order.
    """

    def _get_slot_for_command(self, command: Any) -> int | None:
        if command.name == _PUBLISH:
            return hash_slot(_bytes(command.serialized_arguments[0]))
        if not command.keys:
            return next((slot for one in self.command_stack for slot in one.affected_slots), 0)
        return super()._get_slot_for_command(command)

    async def _execute(self) -> None:
        try:
            await super()._execute()
        except LOST as error:
            self.client.lost(error)  # type: ignore[attr-defined]  # a Cluster
            raise


class Cluster(coredis.RedisCluster[bytes]):
    """Asks for the layout again after every error that may come from an old one."""

    async def execute_command(self, command: Any) -> Any:
        """As coredis does."""
        try:
            return await super().execute_command(command)
        except LOST as error:
            self.lost(error)
            raise

    async def _execute_command(self, command: Any) -> Any:
        if command.name == _TIME:  # any node's clock
            return await self._execute_command_on_single_node(
                self.connection_pool.cluster_layout.random_node(), command
            )
        return await super()._execute_command(command)

    def lost(self, error: BaseException) -> None:
        """A node may be gone, or another one has its slots."""
        self.connection_pool.cluster_layout.report_errors(None, NotConnected(str(error)))

    def pipeline(
        self,
        transaction: bool = False,  # noqa: FBT001, FBT002  as coredis has it
        *,
        raise_on_error: bool = True,
        timeout: float | None = None,
    ) -> Pipeline:
        """A pipeline over all nodes."""
        return Pipeline(client=self, raise_on_error=raise_on_error, transaction=transaction, timeout=timeout)

    def place_of(self, key: str) -> str:
        """The name of the node that has the key."""
        return str(self.connection_pool.cluster_layout.node_for_slot(hash_slot(key.encode())).name)

    @asynccontextmanager
    async def node_of(self, key: str) -> AsyncIterator[Any]:
        """A client of the node that has the key, for commands about all keys of a node."""
        node = self.connection_pool.cluster_layout.node_for_slot(hash_slot(key.encode()))
        async with node.as_client(**self.connection_pool.connection_kwargs) as redis:
            yield redis


def client(url: str, *, answer_timeout: float | None, connect_timeout: float, connections: int) -> Cluster:
    """`redis+cluster://[user:password@]host[:port],…`; `connections`: to each node."""
    pool = Pool(
        address.hosts(url, port=address.REDIS_PORT),
        max_connections=connections,
        max_connections_per_node=True,
        decode_responses=False,
        connect_timeout=connect_timeout,
        stream_timeout=answer_timeout,
        timeout=answer_timeout,
        **address.login(url),
    )
    return Cluster(connection_pool=pool, verify_version=False, retry_policy=NoRetryPolicy())


def of(redis: object) -> Cluster | None:
    """The client, if it is one of a cluster."""
    return redis if isinstance(redis, Cluster) else None


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
