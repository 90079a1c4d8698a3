"""The primaries of a Redis URL: one Redis, those of a cluster, or the one that Sentinel names."""

from typing import Any, Final
from urllib.parse import urlsplit

import coredis

SENTINEL_PORT: Final = "26379"
PORT: Final = "6379"


def is_several(url: str) -> bool:
    """Whether it names several hosts, or may."""
    return "+" in urlsplit(url).scheme


async def primaries(url: str) -> list[str]:
    """A URL of each."""
    if not is_several(url):
        return [url]
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    of_sentinel = parts.scheme.endswith("+sentinel")
    first = hosts.split(",")[0]
    if ":" not in first.rpartition("]")[2]:
        first += f":{SENTINEL_PORT if of_sentinel else PORT}"
    if of_sentinel:
        service, _, database = parts.path.strip("/").partition("/")
        async with _client(f"redis://{first}") as redis:
            found: Any = await redis.sentinel_get_master_addr_by_name(service)
            host, port = found
        return [f"redis://{login}{at}{host}:{port}/{database or 0}"]
    async with _client(f"redis://{login}{at}{first}") as redis:
        slots: Any = await redis.cluster_slots()
    places = {(nodes[0]["host"], nodes[0]["port"]) for nodes in slots.values()}
    return [f"redis://{login}{at}{host}:{port}" for host, port in sorted(places)]


async def each(url: str) -> list[coredis.Redis[str]]:
    """A client of each primary, to be entered."""
    return [_client(one) for one in await primaries(url)]


def _client(url: str) -> coredis.Redis[str]:
    return coredis.Redis.from_url(url, decode_responses=True)
