"""What a URL of several hosts says: `redis+cluster://…` or `redis+sentinel://…`."""

from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from coredis.connection import TCPLocation

CLUSTER: Final = "redis+cluster"
SENTINEL: Final = "redis+sentinel"
REDIS_PORT: Final = 6379
SENTINEL_PORT: Final = 26379


def scheme(url: str) -> str:
    """Such as "redis"."""
    return urlsplit(url).scheme


def hosts(url: str, *, port: int) -> list[TCPLocation]:
    """`host[:port],…`, `port` where none is given; raises ValueError."""
    found = []
    for place in urlsplit(url).netloc.rpartition("@")[2].split(","):
        host, colon, given = place.strip().rpartition(":")
        if not colon or place.endswith("]"):  # no port, perhaps an IPv6 address
            host, given = place.strip(), str(port)
        if not host or not given.isdecimal():
            raise ValueError("each node is host:port")
        found.append(TCPLocation(host.strip("[]"), int(given)))
    return found


def login(url: str) -> dict[str, str]:
    """`username` and `password`, as far as they are given."""
    parts = urlsplit(url)
    given = (("username", parts.username), ("password", parts.password))
    return {name: unquote(value) for name, value in given if value}


def sentinel_login(url: str) -> dict[str, str]:
    """Those of the sentinels: `?sentinel_username=…&sentinel_password=…`."""
    asked = parse_qs(urlsplit(url).query)
    return {
        name: asked[f"sentinel_{name}"][0]
        for name in ("username", "password")
        if asked.get(f"sentinel_{name}")
    }


def service(url: str) -> tuple[str, int]:
    """The service that sentinels watch, and the number of the database: `/service` or `/service/0`."""
    name, _, database = urlsplit(url).path.strip("/").partition("/")
    return name, int(database or 0)


def of_cluster(url: str) -> str:
    """`redis+cluster://…` of the same host, for a URL that turned out to name one node of a cluster."""
    return f"{CLUSTER}://{urlsplit(url).netloc}"
