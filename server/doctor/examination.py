"""All parts of the examination, at the same time."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

import trio

from server.aio import open_loop
from server.doctor import machine, redis, storage, work
from server.doctor.findings import ORDER, Code, Finding, found
from server.doctor.installation import Installation
from server.doctor.mail import domain, smtp
from server.doctor.postgres import examine as postgres
from server.doctor.web import public

TIMEOUT: Final = 60.0  # seconds for each part, beside the silence of the websocket

Blocking = Callable[[Installation], Iterable[Finding]]


async def examine(installation: Installation) -> list[Finding]:
    """Every finding, the worst first."""
    findings: list[Finding] = []
    settings = installation.settings
    blocking: dict[str, Blocking] = {
        "machine": machine.examine,
        "storage": storage.examine,
        "public URL": public.examine,
        "mail server": smtp.examine,
        "mail domain": domain.examine,
    }
    if installation.direct:
        blocking["server"] = public.direct

    async def run(name: str, part: Callable[[], Iterable[Finding]]) -> None:
        with trio.move_on_after(TIMEOUT + installation.idle) as scope:
            findings.extend(await trio.to_thread.run_sync(lambda: list(part()), abandon_on_cancel=True))
        if scope.cancelled_caught:
            findings.append(_unfinished(name))

    async with open_loop(), trio.open_nursery() as nursery:
        for name, part in blocking.items():
            nursery.start_soon(run, name, partial(part, installation))
        with trio.move_on_after(TIMEOUT) as scope:
            if settings.database_url:
                findings += await postgres.examine(installation)
            if settings.redis_url:
                findings += await redis.examine(installation)
                findings += await work.examine(installation)
        if scope.cancelled_caught:
            findings.append(_unfinished("Postgres and Redis"))
    findings += _missing(installation)
    return sorted(findings, key=lambda one: (ORDER[one.severity], one.code))


def _missing(installation: Installation) -> list[Finding]:
    settings = installation.settings
    needed = {"PARLEY_DATABASE_URL": settings.database_url, "PARLEY_REDIS_URL": settings.redis_url}
    needed["PARLEY_SECRET_KEY"] = settings.secret_key
    return [
        found(
            Code.SETTINGS_MISSING,
            f"{name} is not set: no process starts, and this part was not examined",
            f"{name}=…; run the doctor with the settings of the processes: set -a; . /etc/parley/parley.env",
        )
        for name, value in needed.items()
        if not value
    ]


def _unfinished(name: str) -> Finding:
    return found(Code.NOT_EXAMINED, f"{name}: no end within {TIMEOUT:.0f} s", "try again")
