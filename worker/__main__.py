"""`python -m worker [stage …]`: runs a worker process; all stages unless some are named."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Sequence

import uvloop

from core import failpoints, ids
from core.config.settings import Settings, SettingsError, read
from core.identity.encryption import Sealer
from core.telemetry import exposition
from core.telemetry import log as log_lines
from core.telemetry.log import Log, log
from core.telemetry.metrics import observe_loop_lag
from worker.inbound.stage import Inbound
from worker.janitor.stage import Janitor
from worker.mail.stage import MailStage
from worker.relay.stage import Relay
from worker.stages import keep

STAGES = ("inbound", "relay", "janitor", "mail")
LEAVE_WITHIN = 20.0  # seconds from SIGTERM to the end


async def run(settings: Settings, sealer: Sealer, stages: Sequence[str]) -> None:
    """Runs until SIGTERM or SIGINT, then finishes the work in progress and returns."""
    stop, last = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    worker = ids.make().hex()
    relay = Relay(settings, last)
    runs = {
        "inbound": Inbound(settings, worker, relay.wake, stop).run,
        "janitor": Janitor(settings, sealer, stop).run,
        "mail": MailStage(settings, sealer, stop).run,
        "relay": relay.run,
    }
    freeze_garbage_collector()
    log(Log.WORKER_READY, worker=worker, stages=list(stages), pid=os.getpid())
    async with asyncio.TaskGroup() as group:
        producers = [group.create_task(keep(name, runs[name], stop)) for name in stages if name != "relay"]
        if "relay" in stages:
            group.create_task(keep("relay", relay.run, last))
        lag = group.create_task(observe_loop_lag(asyncio.sleep))
        await stop.wait()
        lag.cancel()
        asyncio.get_running_loop().call_later(LEAVE_WITHIN, os._exit, 1)
        # The relay stops last, so that it still publishes what the other stages commit while they stop.
        await asyncio.gather(*producers)
        last.set()
    log(Log.WORKER_STOPPED, worker=worker)


def freeze_garbage_collector() -> None:
    """Freezes the objects made so far; later garbage is freed by reference counts and rarely has cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 stopped by a signal, 1 cannot start, 2 unknown stage."""
    stages = list(dict.fromkeys(arguments)) or list(STAGES)
    if unknown := [name for name in stages if name not in STAGES]:
        print(f"worker: no stage {unknown[0]!r}; choose from {', '.join(STAGES)}", file=sys.stderr)
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
    uvloop.run(run(settings, sealer, stages))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
