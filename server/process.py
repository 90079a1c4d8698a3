"""What `python -m server` runs once it listens: builds and runs the whole process until a stop signal."""

import os
import signal
import socket

import trio

from core import failpoints, ids
from core.bus import connection
from core.config.settings import Settings
from core.identity import providers
from core.identity.encryption import Sealer
from core.ids import NodeId
from core.telemetry import exposition
from core.telemetry import log as log_lines
from core.telemetry.log import Log, log
from core.telemetry.metrics import observe_loop_lag
from server import gc_policy
from server.addresses import Proxies
from server.aio import open_loop
from server.api import app
from server.context import Context
from server.door.door import Door
from server.door.probe import Probe
from server.gateway.gateway import Gateway
from server.gateway.sse.endpoints import EventStreams
from server.pool import open_database
from server.reading.pool import open_read_pool

LEAVE_WITHIN = 25.0  # seconds from SIGTERM to the end


def main(settings: Settings, listeners: list[socket.socket]) -> None:
    """Run the process; raises ValueError for invalid settings."""
    # Validate here: these raise ValueError directly instead of inside a nursery.
    Proxies(settings.trusted_proxies)
    Sealer.of(settings)
    providers.of(settings)
    failpoints.arm(settings.failpoint)
    log_lines.set_up(settings.log_level, process="server", pid=os.getpid())
    if settings.metrics_bind:
        exposition.serve(settings.metrics_bind)
    trio.run(run, settings, listeners)


async def run(settings: Settings, listeners: list[socket.socket]) -> None:
    """Run until SIGTERM or SIGINT; then drain and stop."""
    node = NodeId(ids.make())
    async with (
        open_loop(),
        open_database(settings.database_url, size=settings.database_pool) as database,
        open_read_pool(settings) as read_pool,
        connection.client(settings.redis_url, connections=64) as redis,
        trio.open_nursery() as nursery,
    ):
        gateway = Gateway(settings, redis, database, nursery, node=node)
        context = Context(settings, database, redis, read_pool)
        event_streams = EventStreams(settings, redis, gateway.serve, node=node)
        entrance = Door(
            gateway.serve,
            app.create(context),
            trusted_proxies=settings.trusted_proxies,
            event_streams=event_streams,
            probe=Probe(settings),
        )
        gateway.start(*event_streams.stages)
        nursery.start_soon(gc_policy.collect_young)
        nursery.start_soon(observe_loop_lag, trio.sleep)
        gc_policy.begin()
        async with trio.open_nursery() as accepting:
            accepting.start_soon(entrance.admit, listeners, nursery)
            log(Log.SERVER_READY, node=node, host=settings.host, port=settings.port, pid=os.getpid())
            await told_to_stop()
            accepting.cancel_scope.cancel()
        with trio.move_on_after(LEAVE_WITHIN):
            async with trio.open_nursery() as leaving:
                leaving.start_soon(entrance.finish)
                leaving.start_soon(gateway.drain, settings.drain_seconds)
        nursery.cancel_scope.cancel()
    log(Log.SERVER_STOPPED, node=node)


async def told_to_stop() -> None:
    """Returns at the first SIGTERM or SIGINT."""
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            return
