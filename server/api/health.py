"""Health: /livez says that the process answers, /readyz that a message would arrive now."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import trio
from coredis.exceptions import ResponseError
from quart import Response

from core import reasons
from core.bus import heartbeats, memory
from core.db.ops import health
from core.telemetry import Log, log
from server.api.calls import Access, Answer, Call
from server.api.ratelimit import UNLIMITED
from server.api.routes import Routes
from server.api.schemas import Check, Readiness
from server.api.services import Services

routes = Routes("health")

DEADLINE: Final = 2.0  # seconds per check; they run side by side
RECENT: Final = 1.0  # seconds that an answer is good for: it takes three database connections
LAG: Final = 5.0  # seconds an event may wait for the relay, 25 of its polls
MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"

Asked = Callable[[Services], Awaitable[str]]


class Unfit(Exception):
    """A check that failed, with the sentence an operator reads."""


@routes.add("GET", "/livez", access=Access.PUBLIC, limit=UNLIMITED)
async def livez(call: Call) -> Response:
    """The process answers."""
    del call
    return Response("ok\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


@routes.add("GET", "/readyz", access=Access.PUBLIC, limit=UNLIMITED, also=(503,))
async def readyz(call: Call) -> Answer[Readiness]:
    """A message that is sent now would be stored and told: every check with its verdict."""
    checks = await call.services.readiness.get()
    ready = all(check.ok for check in checks.values())
    return Answer(value=Readiness(ready=ready, checks=checks), status=200 if ready else 503)


async def verdicts(services: Services) -> dict[str, Check]:
    """Every check, within DEADLINE."""
    checks: dict[str, Check] = {}
    async with trio.open_nursery() as nursery:
        for name, ask in CHECKS.items():
            nursery.start_soon(_check, services, name, ask, checks)
    return {name: checks[name] for name in CHECKS}


async def _check(services: Services, name: str, ask: Asked, checks: dict[str, Check]) -> None:
    try:
        with trio.fail_after(DEADLINE):
            checks[name] = Check(ok=True, detail=await ask(services))
    except trio.TooSlowError:
        checks[name] = Check(ok=False, detail=f"no answer within {DEADLINE:g} s")
    except Unfit as unfit:
        checks[name] = Check(ok=False, detail=str(unfit))
    except Exception as error:  # noqa: BLE001  whatever it is, it is why we are not ready
        checks[name] = Check(ok=False, detail=reasons.said(error))
        if services.unhealthy.get(name) != checks[name].detail:
            log(Log.HEALTH_FAILED, level=logging.WARNING, error=error, check=name)  # once until it changes
    services.unhealthy[name] = "" if checks[name].ok else checks[name].detail


async def _postgres(services: Services) -> str:
    async with services.database.connection() as conn:
        await conn.fetchval("SELECT 1")
    return ""


async def _redis(services: Services) -> str:
    try:
        await memory.write(services.redis)
    except ResponseError as error:  # it answers, and what it says is the reason: full, read-only, no disk
        raise Unfit(f"a write was refused: {error}") from None
    policy = await memory.eviction_policy(services.redis)
    if memory.drops_commands(policy):
        raise Unfit(f"maxmemory-policy is {policy}: set noeviction, or messages are lost when memory is full")
    return "" if policy in {"", "noeviction"} else f"maxmemory-policy is {policy}, not noeviction"


async def _migrations(services: Services) -> str:
    wanted = {path.name for path in MIGRATIONS.glob("[0-9]*.sql")}
    async with services.database.connection() as conn:
        missing = sorted(wanted - await health.migrations(conn))
    if missing:
        raise Unfit(f"not applied: {', '.join(missing)}; run python -m migrations")
    return ""


async def _relay(services: Services) -> str:
    async with services.database.connection() as conn:
        lag = await health.relay_lag(conn)
    if lag > LAG:
        raise Unfit(f"the oldest event has waited {lag:.1f} s to be told")
    return f"{lag:.1f} s behind"


async def _worker(services: Services) -> str:
    living = await heartbeats.workers(services.redis)
    if not living:
        raise Unfit("no worker has been heard of for 15 s")
    earlier = sum(reads < heartbeats.READS for reads in await heartbeats.readers(services.redis))
    return f"{living} alive" + (f", {earlier} processes of an earlier release" if earlier else "")


CHECKS: Final[dict[str, Asked]] = {
    "postgres": _postgres,
    "redis": _redis,
    "migrations": _migrations,
    "relay": _relay,
    "worker": _worker,
}
