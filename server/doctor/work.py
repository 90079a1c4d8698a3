"""The work under way: living workers, queued commands, releases side by side."""

from collections.abc import Iterator
from typing import Final

from core.bus import connection, heartbeats, stream
from core.bus.connection import UNAVAILABLE
from core.bus.queue import spread
from core.config.settings import Settings
from core.storage import opening
from server.doctor.findings import Code, Finding, found
from server.doctor.installation import Installation

OLDEST: Final = 5.0  # seconds that a command may wait


async def examine(installation: Installation) -> list[Finding]:
    """Empty when Redis is away, which server.doctor.redis says."""
    settings = installation.settings
    try:
        async with connection.client(settings.redis_url, connections=2) as redis:
            living = await heartbeats.workers(redis)
            readers = await heartbeats.readers(redis)
            spreads = {spread.ONE, *await spread.in_use(redis)}
            queued, age = await stream.depth(redis, range(settings.stream_shards), spreads=spreads)
            nodes = await heartbeats.nodes(redis)
    except (ExceptionGroup, *UNAVAILABLE):  # a group comes from the client's own tasks
        return []
    return [*_found(living, readers, queued, age), *_local_files(settings, nodes)]


def _local_files(settings: Settings, nodes: int) -> Iterator[Finding]:
    if nodes > settings.server_processes and not opening.is_bucket(settings):
        yield found(
            Code.STORAGE_LOCAL,
            f"{nodes} servers live, of which this machine starts {settings.server_processes}: attached files"
            " are in a directory, which has to be the same one on all machines",
            "a shared directory, or PARLEY_STORAGE=s3://…; nothing to do if all servers are on this machine",
        )


def _found(living: int, readers: list[int], queued: int, age: float) -> Iterator[Finding]:
    if not living:
        yield found(
            Code.NO_WORKER,
            "no worker has sent a heartbeat for 15 s: messages are queued, and not stored",
            "systemctl start parley-worker@1, or parley worker",
        )
    if queued and age > OLDEST:
        yield found(
            Code.BACKLOG,
            f"{queued:,} commands are queued, the oldest for {age:.0f} s",
            "start further workers: systemctl enable --now parley-worker@2; their log says if they fail",
        )
    if earlier := sum(reads < heartbeats.READS for reads in readers):
        yield found(
            Code.MIXED_RELEASES,
            f"{earlier} processes of an earlier release run",
            "restart them: first the workers, then the servers",
        )
