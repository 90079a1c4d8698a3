"""Redis: rights, persistence, memory, versions and clock."""

from collections.abc import Iterator
from typing import Any, Final

from coredis.exceptions import AuthorizationError, RedisError

from core.bus import connection, memory, names
from core.bus.connection import UNAVAILABLE, Redis
from core.bus.driver import cluster
from core.text import reasons
from server.doctor import redis_nodes
from server.doctor.findings import Code, Finding, found
from server.doctor.installation import Installation, clock_difference

OLDEST: Final = (6, 2)
NEARLY_FULL: Final = 0.8  # of maxmemory
SHORTEST_TIMEOUT: Final = 60  # seconds
RIGHTS: Final = "ACL SETUSER parley ~* &* +@all -@admin -@dangerous +info +config|get +flushdb"


async def examine(installation: Installation) -> list[Finding]:
    """Writes one key, which expires."""
    url = installation.settings.redis_url
    try:
        if wrong := await redis_nodes.not_a_redis(url):
            return wrong
        async with connection.client(url, connections=2) as redis:
            return [*await _examined(redis), *await redis_nodes.several(url, redis)]
    except (ExceptionGroup, *UNAVAILABLE) as error:  # a group comes from the client's own tasks
        return [_away(error)]


async def _examined(redis: Redis) -> list[Finding]:
    try:
        findings = [*await _rights(redis)]
        several = cluster.of(redis)
        if several is None:
            return [*findings, *await _node(redis)]
        for primary in several.primaries:
            async with primary as node:
                findings += await _node(node)
    except AuthorizationError as error:
        return [found(Code.REDIS_RIGHTS, f"Redis forbids a command: {reasons.said(error)}", RIGHTS)]
    except UNAVAILABLE as error:
        return [_away(error)]
    return list(
        {(one.code, one.change): one for one in findings}.values()
    )  # most lines are those of all nodes


async def _node(redis: Redis) -> list[Finding]:
    """The one Redis, or a primary of a cluster."""
    info = await redis.info()
    now = (await redis.time()).timestamp()
    return [*_found(info, await _settings(redis)), *_memory(info), *_clock(now)]


def _away(error: Exception) -> Finding:
    return found(
        Code.REDIS_AWAY,
        f"Redis does not answer: {reasons.said(error)}",
        "start Redis, or correct PARLEY_REDIS_URL",
    )


async def _settings(redis: Redis) -> dict[str, str]:
    """Empty where CONFIG is forbidden."""
    try:
        read = await redis.config_get(["timeout", "appendfsync"])
    except RedisError:
        return {}
    return {_text(name): _text(value) for name, value in read.items()}


async def _rights(redis: Redis) -> list[Finding]:
    try:
        await memory.write(redis)
        await redis.publish(names.probe(0), b"")
        await redis.eval("return redis.call('XLEN', KEYS[1])", [names.commands(0)], [])
    except AuthorizationError as error:
        return [found(Code.REDIS_RIGHTS, f"Redis forbids a command: {reasons.said(error)}", RIGHTS)]
    except RedisError as error:
        return [
            found(
                Code.REDIS_WRITES_FAIL,
                f"Redis refuses a write: {reasons.said(error)}",
                "read the log of Redis: its memory or disk is full, or it is a replica",
            )
        ]
    return []


def _found(info: dict[str, Any], settings: dict[str, str]) -> Iterator[Finding]:
    name, number = _version(info)
    if number < OLDEST:
        yield found(Code.REDIS_OLD, f"{name} is too old", "install Redis 6.2 or newer, or Valkey")
    if info.get("role") == "slave":
        yield found(
            Code.REDIS_REPLICA,
            "PARLEY_REDIS_URL is a replica, which accepts no commands",
            "PARLEY_REDIS_URL= with the primary",
        )
    if not int(info.get("aof_enabled", 0)):
        yield found(
            Code.REDIS_NOT_KEPT,
            "Redis keeps no append-only file: after a restart every client resends, and presence is rebuilt",
            "redis.conf: appendonly yes",
        )
    elif settings.get("appendfsync") == "no":
        yield found(
            Code.REDIS_FSYNC,
            "appendfsync is no: half a minute of commands may be lost with the machine",
            "redis.conf: appendfsync everysec",
        )
    for field in ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"):
        if info.get(field, "ok") not in {"ok", b"ok"}:
            yield found(
                Code.REDIS_WRITES_FAIL,
                f"{field} is {_text(info[field])}: Redis cannot write to its disk",
                "make room on the disk of Redis, and correct the rights of its folder",
            )
    timeout = int(settings.get("timeout", 0))
    if 0 < timeout < SHORTEST_TIMEOUT:
        yield found(
            Code.REDIS_TIMEOUT,
            f"Redis closes connections that are idle for {timeout} s",
            "redis.conf: timeout 0",
        )


def _memory(info: dict[str, Any]) -> Iterator[Finding]:
    policy, limit = _text(info.get("maxmemory_policy", "")), int(info.get("maxmemory", 0))
    if memory.drops_commands(policy):
        yield found(
            Code.REDIS_EVICTS,
            f"maxmemory-policy is {policy}: queued messages are deleted when memory is full",
            "redis.conf: maxmemory-policy noeviction",
        )
    elif policy not in {"", "noeviction"}:
        yield found(
            Code.REDIS_EVICTS_VOLATILE,
            f"maxmemory-policy is {policy}: sessions and presence are deleted when memory is full",
            "redis.conf: maxmemory-policy noeviction",
        )
    if not limit:
        yield found(
            Code.REDIS_UNBOUNDED,
            "maxmemory is not set: a full machine kills Redis, where a full Redis asks clients to wait",
            "redis.conf: maxmemory 1gb",
        )
    elif int(info.get("used_memory", 0)) > NEARLY_FULL * limit:
        yield found(
            Code.REDIS_FULL,
            f"{int(info['used_memory']) / limit:.0%} of maxmemory are used; at 100 % messages are refused",
            f"redis.conf: maxmemory {2 * limit}",
        )


def _clock(now: float) -> Iterator[Finding]:
    if difference := clock_difference(now):
        yield found(
            Code.CLOCK_REDIS,
            f"the clock of Redis differs from this machine's by {difference:+.0f} s",
            "run chrony or systemd-timesyncd on both machines",
        )


def _version(info: dict[str, Any]) -> tuple[str, tuple[int, ...]]:
    kind = "valkey" if "valkey_version" in info else "redis"
    text = _text(info.get(f"{kind}_version", "0"))
    return f"{kind.capitalize()} {text}", tuple(int(part) for part in text.split(".")[:2] if part.isdecimal())


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
