"""Validates each setting, so that a process with a wrong one does not start.

Messages never quote a URL that may hold a password.
"""

import shlex
from collections.abc import Mapping
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlsplit

from core.config import buckets

PUBLIC_FORM: Final = "must be https://host or https://host:port, without a path"
DATABASE_FORM: Final = "must be postgresql://user:password@host:5432/database"
REDIS_FORM: Final = "must be redis://user:password@host:6379/0, rediss://… for TLS, or unix:///path"
CLUSTER: Final = "redis+cluster"
CLUSTER_FORM: Final = "must be redis+cluster://user:password@host:port,host:port with one or more nodes"
SENTINEL: Final = "redis+sentinel"
SENTINEL_FORM: Final = "must be redis+sentinel://user:password@host:port,host:port/service or …/service/0"
ESCAPES: Final = "write characters like / # ? @ in the user or password as %2F %23 %3F %40"

KEY_LENGTH: Final = 32  # characters
KEY_DISTINCT: Final = 10  # distinct characters; one of 10,000 random keys of 32 hexadecimal digits has fewer
KEY_FORM: Final = "must have at least 32 random characters: make it with `openssl rand -base64 48`"

Number = int | float

COUNT: Final[tuple[Number, Number]] = (1, 1_000_000_000)
DERIVED: Final[tuple[Number, Number]] = (0, 1_000_000_000)  # 0: derived from another setting
SECONDS: Final[tuple[Number, Number]] = (0, 86_400)
RANGES: Final[Mapping[str, tuple[Number, Number]]] = {
    "port": (1, 65_535),
    "server_processes": (1, 256),
    "worker_processes": (1, 256),
    "database_pool": (1, 1_000),
    "read_pool": (1, 1_000),
    "read_timeout_seconds": (0.1, 60),
    "stream_shards": (1, 1_024),
    "stream_slots": (1, 64),
    "max_connections": (1, 1_000_000),
    "sockets_per_network": (0, 1_000_000),
    "sockets_per_visitor": (1, 1_000),
    "network_messages_per_minute": DERIVED,
    "project_messages_per_minute": DERIVED,
    "webhook_wait_factor": (0.00001, 1),
    "drain_seconds": (0, 20),  # a server ends 25 s after SIGTERM, even with work left
}
"""The range of each number; one not named here is a COUNT, or SECONDS for a float."""


def number(name: str, value: Number) -> None:
    """Raises ValueError with the range."""
    low, high = RANGES.get(name, SECONDS if isinstance(value, float) else COUNT)
    if not low <= value <= high:  # also rejects NaN
        raise ValueError(f"must be {low} to {high}, not {value}")


def bind(value: str) -> None:
    """Raises ValueError unless it is an address and a port to listen at."""
    host, _, port = value.rpartition(":")
    if (
        not host
        or not port.isdecimal()
        or not 0 < int(port) < 65_536
        or (":" in host) != host.startswith("[")
    ):
        raise ValueError("must be host:port, for example 127.0.0.1:9100 or [::1]:9100")


def secret_key(value: str) -> None:
    """Must be long, and not a placeholder from an example."""
    repeats = value in (value + value)[1:-1]  # a short pattern, repeated
    if len(value) < KEY_LENGTH or len(set(value)) < KEY_DISTINCT or repeats:
        raise ValueError(KEY_FORM)


def public_url(value: str) -> None:
    """Our public address. A path would be lost in links; cookies need the scheme."""
    parts = _split(value, PUBLIC_FORM)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(PUBLIC_FORM)
    if parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(PUBLIC_FORM)
    if not _is_host(parts.hostname) or parts.port == 0:
        raise ValueError(PUBLIC_FORM)


def database_url(value: str) -> None:
    """A PostgreSQL URL; a list of hosts is left to asyncpg."""
    parts = _split(value, DATABASE_FORM, several_hosts=True)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError(DATABASE_FORM)
    if parts.fragment or "/" in parts.path.strip("/"):
        raise ValueError(f"{DATABASE_FORM}; {ESCAPES}")


def replica_url(value: str, *, of: str) -> None:
    """The URL of a standby of the database at `of`."""
    database_url(value)
    if value == of:
        raise ValueError("is the same as PARLEY_DATABASE_URL: set it to a standby, or leave it empty")


def redis_url(value: str) -> None:
    """A Redis or Valkey URL."""
    parts = _split(value, REDIS_FORM, several_hosts=True)
    if parts.scheme == "unix" and parts.path:
        return
    if parts.scheme == CLUSTER:
        _cluster_url(parts)
        return
    if parts.scheme == SENTINEL:
        _sentinel_url(parts)
        return
    if parts.scheme not in {"redis", "rediss"} or not parts.hostname or "," in parts.netloc:
        raise ValueError(REDIS_FORM)
    database = parts.path.strip("/")
    if parts.fragment or (database and not database.isdecimal()):
        raise ValueError(f"{REDIS_FORM}; {ESCAPES}")


def _cluster_url(parts: SplitResult) -> None:
    """Several nodes, of which one that answers is enough; a cluster has no numbered databases."""
    if not _are_hosts(parts) or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(CLUSTER_FORM)


def _sentinel_url(parts: SplitResult) -> None:
    """Several sentinels, of which one that answers is enough, and what they call the Redis."""
    service, _, database = parts.path.strip("/").partition("/")
    if not _are_hosts(parts) or not service or (database and not database.isdecimal()) or parts.fragment:
        raise ValueError(SENTINEL_FORM)
    for name in parse_qs(parts.query, keep_blank_values=True):
        if name not in {"sentinel_username", "sentinel_password"}:
            raise ValueError(f"{SENTINEL_FORM}, and ?sentinel_username=…&sentinel_password=… if they need it")


def _are_hosts(parts: SplitResult) -> bool:
    """Whether it is `host[:port],…`."""
    return all(_is_place(place) for place in parts.netloc.rpartition("@")[2].split(","))


def _is_place(text: str) -> bool:
    """Whether it is `host` or `host:port`; an IPv6 address in brackets."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        return bool(text) and _is_host(text.strip("[]"))
    return bool(host) and port.isdecimal() and 0 < int(port) < 65_536 and _is_host(host.strip("[]"))


def storage(value: str) -> None:
    """A directory, or a bucket."""
    if "://" in value:
        buckets.read(value)
    elif "\0" in value or "\n" in value:
        raise ValueError("must be a directory, or s3://bucket/prefix")


def command(value: str) -> None:
    """A program with its arguments, as a shell would split them."""
    try:
        words = shlex.split(value)
    except ValueError:
        raise ValueError("has a quotation mark without its end") from None
    if not words:
        raise ValueError("must be a program with its arguments")


def _split(value: str, form: str, *, several_hosts: bool = False) -> SplitResult:
    if any(char.isspace() or ord(char) < 32 for char in value):
        raise ValueError(f"contains a space; it {form}")
    try:
        parts = urlsplit(value)
        if not (several_hosts and "," in parts.netloc):
            _ = parts.port
    except ValueError:
        raise ValueError(f"the port is not a number up to 65535, or the host is invalid; it {form}") from None
    return parts


def _is_host(name: str) -> bool:
    if ":" in name:
        try:
            IPv6Address(name)
        except ValueError:
            return False
        return True
    labels = name.rstrip(".").split(".")
    return all(0 < len(label) < 64 and all(one.isalnum() or one in "-_" for one in label) for label in labels)
