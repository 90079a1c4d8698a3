"""`python -m worker [stage …]`: runs a worker process with the stages named, or `--except` those named."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Sequence

import sniffio
import uvloop

from core import failpoints, ids
from core.config.settings import Settings, SettingsError, read
from core.identity.encryption import Sealer
from core.telemetry import exposition
from core.telemetry import log as log_lines
from core.telemetry.log import Log, log
from core.telemetry.metrics import observe_loop_lag
from worker import pool, stages
from worker.control import Control
from worker.process import Process
from worker.stages import Entry
from worker.supervision import keep
from worker.wakeup import Wakeup

LEAVE_WITHIN = 20.0  # seconds from SIGTERM to the end


async def run(settings: Settings, sealer: Sealer, entries: Sequence[Entry]) -> None:
    """Runs until SIGTERM or SIGINT, then finishes the work in progress and returns."""
    stop, last = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    worker = ids.make().hex()
    control = Control(settings.redis_url, stop)
    async with (
        pool.open_database(settings.database_url, size=settings.database_pool) as database,
        asyncio.TaskGroup() as group,
    ):
        process = Process(settings, sealer, worker, database, control, Wakeup(), stop)
        made = [(entry, entry.make(process._replace(stop=last if entry.last else stop))) for entry in entries]
        freeze_garbage_collector()
        log(Log.WORKER_READY, worker=worker, stages=[entry.name for entry in entries], pid=os.getpid())
        first = [
            group.create_task(keep(entry.name, stage.run, stop)) for entry, stage in made if not entry.last
        ]
        for entry, stage in made:
            if entry.last:
                group.create_task(keep(entry.name, stage.run, last))
        if control.is_needed:
            group.create_task(keep("control", control.run, stop))
        lag = group.create_task(observe_loop_lag(asyncio.sleep))
        await stop.wait()
        lag.cancel()
        asyncio.get_running_loop().call_later(LEAVE_WITHIN, os._exit, 1)
        await asyncio.gather(*first)
        last.set()
    log(Log.WORKER_STOPPED, worker=worker)


def freeze_garbage_collector() -> None:
    """Freezes the objects made so far; later garbage is freed by reference counts and rarely has cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 stopped by a signal, 1 cannot start, 2 unknown stage."""
    try:
        entries = stages.chosen(arguments)
    except ValueError as error:
        print(f"worker: {error}", file=sys.stderr)
        return 2
    try:
        settings = read(os.environ)
        if not settings.database_url or not settings.redis_url:
            raise SettingsError("PARLEY_DATABASE_URL and PARLEY_REDIS_URL must be set")
        sealer = Sealer.of(settings)
        failpoints.arm(settings.failpoint)
        log_lines.set_up(settings.log_level, process="worker", pid=os.getpid())
        if settings.metrics_bind:
            exposition.serve(settings.metrics_bind)
    except (SettingsError, ValueError) as error:
        print(f"worker: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"worker: cannot listen: {error.strerror or error}", file=sys.stderr)
        return 1
    # httpx asks at every read which library it runs under; finding out took 4 % of the assistant's CPU.
    sniffio.current_async_library_cvar.set("asyncio")
    uvloop.run(run(settings, sealer, entries))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
