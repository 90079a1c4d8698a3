"""Screenshots between servers and workers: requests with a deadline, and results that live for a minute.

Everything is bounded: requests by what the living workers can take at a time, results in bytes. Losing it all
costs a picture, which the agent asks for again.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from core.bus import names
from core.bus.connection import Redis
from core.bus.scripts import Script
from core.ids import ProjectId

MAX_RUNNING: Final = 5  # pictures per worker; a further one is refused
DEADLINE: Final = 20.0  # seconds from the request to the result: 15 for the picture, the rest for waiting
TTL: Final = 60.0  # seconds that a picture is kept
FAILURE_KEPT: Final = 5.0  # seconds that a failure is kept, so that all who wait read it
MAX_PICTURE: Final = 1024 * 1024  # bytes; a larger one is a failure
MAX_PICTURES: Final = 16 * 1024 * 1024  # bytes of all results
DEAD_AFTER: Final = 5.0  # seconds without a heartbeat
REASON_KEPT: Final = 60  # seconds

Failure = Literal["unreachable", "too_slow", "too_large", "not_a_page", "crashed"]
"""Why there is no picture: the page cannot be reached, takes too long, or took its browser with it."""

Asked = Literal["asked", "joined", "busy", "off"]

_ask = Script("screenshot_ask")
_take = Script("screenshot_take")
_store = Script("screenshot_store")
_result = Script("screenshot_result")

_WORK: Final = [names.SCREENSHOT_WORKERS, names.SCREENSHOTS_UNDER_WAY, names.SCREENSHOT_QUEUE]
_RESULTS: Final = [names.SCREENSHOTS, names.SCREENSHOTS_EXPIRE, names.SCREENSHOTS_UNDER_WAY]


class Result(msgspec.Struct, array_like=True, frozen=True):
    """A JPEG, or why there is none; `at` in ms since the epoch."""

    at: int
    picture: bytes = b""
    failure: Failure | None = None


class Request(msgspec.Struct, frozen=True):
    """A picture to take within `seconds`."""

    name: str
    url: str
    seconds: float


_decode = msgspec.msgpack.Decoder(Result).decode
_encode = msgspec.msgpack.Encoder().encode


def name_of(project: ProjectId, url: str) -> str:
    """The name of a picture. It holds the project: no project learns what another one has looked at."""
    return hashlib.sha256(project + url.encode()).hexdigest()


async def ask(redis: Redis, name: str, url: str) -> Asked:
    """Asks for a picture. `joined`: it is under way. `busy`: later. `off`: no worker can take pictures."""
    args: list[str | int] = [name, url, MAX_RUNNING, _ms(DEAD_AFTER), _ms(DEADLINE)]
    answer: bytes = await _ask.run(redis, _WORK, args)
    asked: Asked = msgspec.convert(answer.decode(), Asked)
    return asked


async def result(redis: Redis, name: str) -> tuple[Result | None, bool]:
    """The result, and whether the picture is under way."""
    under_way, *found = await _result.run(redis, _RESULTS, [name])
    return (_decode(found[0]) if found and found[0] else None), bool(under_way)


async def take(redis: Redis, worker: str, *, limit: int) -> Sequence[Request]:
    """A worker's heartbeat; takes at most `limit` requests, each of which no other worker gets."""
    taken = await _take.run(redis, _WORK, [worker, limit, _ms(DEAD_AFTER)])
    requests = []
    for request, left in zip(taken[::2], taken[1::2], strict=True):
        name, _, url = request.decode().partition(" ")
        requests.append(Request(name, url, left / 1000))
    return requests


async def store(redis: Redis, name: str, result: Result) -> None:
    """Stores a result for those who wait, and a picture for those who ask within a minute."""
    kept = FAILURE_KEPT if result.failure else TTL
    await _store.run(redis, _RESULTS, [name, _encode(result), _ms(kept), MAX_PICTURES])


async def leave(redis: Redis, worker: str) -> None:
    """The worker takes no more requests."""
    await redis.zrem(names.SCREENSHOT_WORKERS, [worker])


async def cannot(redis: Redis, reason: str) -> None:
    """Says for a minute why this worker takes no pictures; another one may."""
    await redis.set(names.SCREENSHOT_REASON, reason, ex=REASON_KEPT)


async def state(redis: Redis) -> tuple[int, str]:
    """How many workers can take pictures, and why one cannot, or ""."""
    workers = await redis.zcard(names.SCREENSHOT_WORKERS)  # it expires when the last worker has gone
    reason = await redis.get(names.SCREENSHOT_REASON)
    return workers, (reason or b"").decode()


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
