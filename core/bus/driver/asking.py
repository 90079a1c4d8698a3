"""Whether a URL of one Redis names a node of a cluster: every Redis says so in its answer to HELLO."""

import logging
from typing import Final

import coredis
from anyio import fail_after
from coredis.retry import NoRetryPolicy

from core.bus.driver import address
from core.bus.driver.layout import LOST
from core.telemetry.log import Log, log

TIMEOUT: Final = 1.0  # seconds for the answer
ASKED: Final = ("redis", "rediss", "unix")

_known: dict[str, str] = {}


async def actual(url: str) -> str:
    """The URL to use: that of the cluster for one of its nodes. Asked once in a process for each URL.

    Where nothing answers, the URL as it is; the next client asks again.
    """
    if url in _known or address.scheme(url) not in ASKED:
        return _known.get(url, url)
    mode = await mode_of(url)
    if mode == "cluster" and address.scheme(url) == "redis":
        _known[url] = address.of_cluster(url)
        log(Log.REDIS_CLUSTER_FOUND, level=logging.WARNING, wanted=without_login(_known[url]))
    elif mode == "sentinel":
        log(Log.REDIS_SENTINEL_FOUND, level=logging.ERROR, wanted="redis+sentinel://host:port,…/service")
    elif mode:
        _known[url] = url
    return _known.get(url, url)


async def mode_of(url: str) -> str:
    """What one Redis says it is: `standalone`, `cluster` or `sentinel`; "" where nothing answers."""
    try:
        with fail_after(TIMEOUT):
            client = coredis.Redis.from_url(url, verify_version=False, retry_policy=NoRetryPolicy())
            async with client as redis:
                said = await redis.hello()
    except LOST:
        return ""
    named = {_text(name): value for name, value in said.items()}
    return _text(named.get("mode", b""))


def without_login(url: str) -> str:
    """For the log."""
    head, _, place = url.rpartition("@")
    return f"{address.CLUSTER}://{place}" if head else url


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
