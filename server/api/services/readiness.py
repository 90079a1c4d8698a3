"""The checks of /readyz: whether a message that is sent now would be stored and published."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec
import trio
from coredis.exceptions import ResponseError

from core.bus import heartbeats, memory
from core.bus.screenshots import exchange
from core.db.ops import health
from core.telemetry.log import Log, log
from core.text import reasons
from server.api.services.cached_value import CachedValue
from server.context import Context

DEADLINE: Final = 2.0  # seconds per check; they run in parallel
RECENT: Final = 1.0  # seconds that a result is cached: it takes three database connections
LAG: Final = 5.0  # seconds an event may wait for the relay, 25 of its polls
MIGRATIONS: Final = Path(__file__).parents[3] / "migrations"

Asked = Callable[[Context], Awaitable[str]]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    ok: bool
    detail: str = ""


class Unfit(Exception):
    """A check has failed; the text is a sentence for operators."""


class Readiness:
    """One per process; logs a failed check once, until its reason changes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._failed: dict[str, str] = {}
        self._recent = CachedValue(self.check, ttl=RECENT)

    async def recent(self) -> dict[str, Check]:
        """The results, at most RECENT seconds old."""
        return await self._recent.get()

    async def check(self) -> dict[str, Check]:
        """Run every check; takes DEADLINE at most."""
        found: dict[str, Check] = {}

        async def run(name: str) -> None:
            found[name] = await self._check(name)

        async with trio.open_nursery() as nursery:
            for name in CHECKS:
                nursery.start_soon(run, name)
        return {name: found[name] for name in CHECKS}

    async def _check(self, name: str) -> Check:
        failed = ""
        try:
            with trio.fail_after(DEADLINE):
                return Check(ok=True, detail=await CHECKS[name](self._context))
        except trio.TooSlowError:
            failed = f"no reply within {DEADLINE:g} s"
        except Unfit as unfit:
            failed = str(unfit)
        except Exception as error:  # noqa: BLE001  any error is a reason for not being ready
            failed = reasons.said(error)
            if self._failed.get(name) != failed:
                log(Log.HEALTH_FAILED, level=logging.WARNING, error=error, check=name)
        finally:
            self._failed[name] = failed
        return Check(ok=False, detail=failed)


async def _postgres(context: Context) -> str:
    async with context.database.connection() as conn:
        await conn.fetchval("SELECT 1")
    return ""


async def _redis(context: Context) -> str:
    try:
        await memory.write(context.redis)
    except ResponseError as error:  # Redis answers with the reason: full, read-only, no disk
        raise Unfit(f"a write was refused: {error}") from None
    policy = await memory.eviction_policy(context.redis)
    if memory.drops_commands(policy):
        raise Unfit(f"maxmemory-policy is {policy}: set noeviction, or messages are lost when memory is full")
    return "" if policy in {"", "noeviction"} else f"maxmemory-policy is {policy}, not noeviction"


async def _migrations(context: Context) -> str:
    wanted = {path.name for path in MIGRATIONS.glob("[0-9]*.sql")}
    async with context.database.connection() as conn:
        missing = sorted(wanted - await health.migrations(conn))
    if missing:
        raise Unfit(f"not applied: {', '.join(missing)}; run python -m migrations")
    return ""


async def _relay(context: Context) -> str:
    async with context.database.connection() as conn:
        lag = await health.relay_lag(conn)
    if lag > LAG:
        raise Unfit(f"the oldest event has waited {lag:.1f} s to be published")
    return f"{lag:.1f} s behind"


async def _worker(context: Context) -> str:
    living = await heartbeats.workers(context.redis)
    if not living:
        raise Unfit("no worker has sent a heartbeat for 15 s")
    earlier = sum(reads < heartbeats.READS for reads in await heartbeats.readers(context.redis))
    return f"{living} alive" + (f", {earlier} processes of an earlier release" if earlier else "")


async def _screenshots(context: Context) -> str:
    """Never a reason for not being ready: messages do without them."""
    workers, reason = await exchange.state(context.redis)
    if workers:
        return f"{workers} workers" if workers > 1 else "1 worker"
    return f"off: {reason or 'no worker runs the stage screenshots'}"


CHECKS: Final[dict[str, Asked]] = {
    "postgres": _postgres,
    "redis": _redis,
    "migrations": _migrations,
    "relay": _relay,
    "worker": _worker,
    "screenshots": _screenshots,
}
