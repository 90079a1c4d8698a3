"""Messages from one server to another, by Pub/Sub; they may be lost."""

from collections.abc import Sequence

from core.bus import names
from core.bus.connection import Redis
from core.ids import NodeId


def channel(node: NodeId) -> str:
    """The channel that a server listens to."""
    return names.forwards(node.hex())


async def publish(redis: Redis, messages: Sequence[tuple[NodeId, bytes]]) -> None:
    """Publishes each message to its server, in one pipeline. Raises UNAVAILABLE."""
    async with redis.pipeline(transaction=False) as pipe:
        for node, payload in messages:
            pipe.publish(channel(node), payload)
