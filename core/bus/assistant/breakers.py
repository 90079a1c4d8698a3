"""Circuit breakers of providers, shared by all workers: five failures in a row, a pause, then one probe."""

from typing import Final, NamedTuple

from core.bus import names
from core.bus.connection import Redis
from core.bus.scripts import Script

FAILURES: Final = 5  # in a row
PAUSE: Final = 30.0  # seconds
COUNTED: Final = 600.0  # seconds after which failures are forgotten
MAX_NAMED: Final = 120.0  # seconds of a pause that a provider names itself

_admit = Script("breaker_admit")
_failed = Script("breaker_failed")
_release = Script("breaker_release")


class Admission(NamedTuple):
    """`wait` 0.0: ask it, and report how that went; else seconds. `probe`: others wait for this request."""

    wait: float
    probe: bool = False


async def admit(redis: Redis, of: str) -> Admission:
    """Whether it may be asked."""
    wait: int = await _admit.run(redis, [names.breaker(of)], [_ms(PAUSE)])
    return Admission(max(0, wait) / 1000, probe=wait < 0)


async def release(redis: Redis, of: str) -> None:
    """The probe was cancelled, which says nothing about the provider."""
    await _release.run(redis, [names.breaker(of)], [])


async def failed(redis: Redis, of: str, *, wait: float = 0.0) -> bool:
    """Whether it is open now. `wait`: seconds that the provider named, which opens it at once."""
    args = [FAILURES, _ms(PAUSE), _ms(min(wait, MAX_NAMED)), _ms(COUNTED)]
    return bool(await _failed.run(redis, [names.breaker(of)], args))


async def succeeded(redis: Redis, of: str) -> None:
    """Closes it."""
    await redis.delete([names.breaker(of)])


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
