"""The sites that loaded a project's widget, and those that were refused: the latest, with their times."""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from core.bus import names
from core.bus.connection import Redis
from core.ids import ProjectId

MAX_PER_PROJECT: Final = 10  # of each kind: anyone can name a site in a request
SEEN_TTL: Final = 90 * 24 * 60 * 60  # seconds after the last one
REFUSED_TTL: Final = 3 * 24 * 60 * 60

Kind = Literal["seen", "refused"]
_TTL: Final = {"seen": SEEN_TTL, "refused": REFUSED_TTL}


class Site(msgspec.Struct, frozen=True):
    """`host`: as in a project's domains. `at`: when it last asked, in ms since the epoch."""

    host: str
    at: int


async def note(redis: Redis, project: ProjectId, kind: Kind, host: str, *, at: int) -> bool:
    """Keep the site among the latest; whether it is new there."""
    key = names.sites(project, kind)
    async with redis.pipeline(transaction=False) as pipe:
        pipe.zadd(key, {host: float(at)})
        pipe.zremrangebyrank(key, 0, -MAX_PER_PROJECT - 1)
        pipe.expire(key, _TTL[kind])
    added, *_ = pipe.results or (0,)
    return bool(added == 1)


async def of_project(redis: Redis, project: ProjectId) -> tuple[Sequence[Site], Sequence[Site]]:
    """Those that loaded the widget, and those that were refused; the latest first."""
    async with redis.pipeline(transaction=False) as pipe:
        for kind in ("seen", "refused"):
            pipe.zrevrange(names.sites(project, kind), 0, MAX_PER_PROJECT - 1, withscores=True)
    seen, refused = pipe.results or ((), ())
    return _sites(seen), _sites(refused)


def _sites(found: Sequence[tuple[bytes | str, float]]) -> list[Site]:
    return [Site(host if isinstance(host, str) else host.decode(), int(at)) for host, at in found]
