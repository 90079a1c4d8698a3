"""Planted: Valkey's configuration, rights and memory, and work that stands still."""

import time
from collections.abc import Iterator

import pytest

from core.bus import heartbeats, names
from server.doctor import redis, work
from server.doctor.installation import Installation
from server.launch.valkey import ask
from tests.doctor.installations import Sound, codes
from tests.stack import SECRET


@pytest.fixture
def changed(sound: Sound) -> Iterator[Sound]:
    """What a test sets is set back."""
    names = ("maxmemory", "maxmemory-policy", "appendonly", "appendfsync", "timeout")
    before = {name: value_of(sound, name) for name in names}
    yield sound
    for name, value in before.items():
        assert sound.redis("CONFIG", "SET", name, value) == b"+OK"


def value_of(sound: Sound, name: str) -> str:
    configuration = (sound.folder / "valkey/valkey.conf").read_text()
    given = dict(line.split(" ", 1) for line in configuration.splitlines() if " " in line and line[0] != "#")
    return given.get(name, "0").strip()


async def found(sound: Sound, **settings: object) -> set[str]:
    return codes(await redis.examine(Installation(settings=sound.settings(**settings))))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("maxmemory-policy", "allkeys-lru", "redis.evicts"),
        ("maxmemory-policy", "volatile-ttl", "redis.evicts_volatile"),
        ("maxmemory", "0", "redis.maxmemory_unset"),
        ("appendonly", "no", "redis.not_persistent"),
        ("appendfsync", "no", "redis.appendfsync_no"),
        ("timeout", "10", "redis.timeout"),
    ],
)
async def test_a_planted_line_is_found(changed: Sound, name: str, value: str, expected: str) -> None:
    assert await found(changed) == set()
    assert changed.redis("CONFIG", "SET", name, value) == b"+OK"
    assert await found(changed) == {expected}


async def test_memory_that_is_nearly_full_is_found(changed: Sound) -> None:
    sixteen = 16 * 1024 * 1024
    changed.redis("SETRANGE", "ballast", str(sixteen), "x")
    try:
        changed.redis("CONFIG", "SET", "maxmemory", str(round(sixteen * 1.25)))
        assert await found(changed) == {"redis.memory_nearly_full"}
        changed.redis("CONFIG", "SET", "maxmemory", str(sixteen))
        assert await found(changed) == {"redis.memory_nearly_full", "redis.writes_fail"}
    finally:
        changed.redis("CONFIG", "SET", "maxmemory", "100mb")
        changed.redis("DEL", "ballast")


async def test_a_user_without_channels_is_found(sound: Sound) -> None:
    words = ("ACL", "SETUSER", "planted", "reset", "on", f">{SECRET.replace(' ', '-')}", "~*", "+@all")
    assert sound.redis(*words) == b"+OK"
    try:
        url = f"redis://planted:{SECRET.replace(' ', '-')}@127.0.0.1:{sound.valkey.port}/0"
        assert await found(sound, redis_url=url) == {"redis.rights_missing"}
    finally:
        sound.redis("ACL", "DELUSER", "planted")


async def test_a_replica_is_found(sound: Sound) -> None:
    ask(sound.spare_valkey.url, "REPLICAOF", "127.0.0.1", "9")
    try:
        assert {"redis.replica", "redis.writes_fail"} <= await found(sound, redis_url=sound.spare_valkey.url)
    finally:
        ask(sound.spare_valkey.url, "REPLICAOF", "NO", "ONE")


def test_an_old_redis_is_found() -> None:
    assert codes(redis._found({"redis_version": "6.0.16", "aof_enabled": 1}, {})) == {"redis.too_old"}


async def test_a_redis_that_is_away_is_found(sound: Sound) -> None:
    assert await found(sound, redis_url="redis://127.0.0.1:9/0") == {"redis.unavailable"}


async def test_a_missing_worker_and_queued_commands_are_found(sound: Sound) -> None:
    examined = Installation(settings=sound.settings(redis_url=sound.spare_valkey.url))
    ask(sound.spare_valkey.url, "FLUSHALL")
    assert codes(await work.examine(examined)) == {"work.no_worker"}
    long_ago = round((time.time() - 60) * 1000)
    ask(sound.spare_valkey.url, "XADD", names.commands(1), f"{long_ago}-0", "c", "x")
    assert codes(await work.examine(examined)) == {"work.no_worker", "work.backlog"}
    ask(sound.spare_valkey.url, "FLUSHALL")


async def test_a_directory_of_files_with_servers_of_other_machines_is_found(sound: Sound) -> None:
    ask(sound.spare_valkey.url, "FLUSHALL")
    now = str(round(time.time() * 1000))
    ask(sound.spare_valkey.url, "ZADD", names.NODES, now, "one", now, "another")
    ask(sound.spare_valkey.url, "ZADD", names.WORKERS, now, "worker")
    reads = str(heartbeats.READS)
    ask(sound.spare_valkey.url, "HSET", names.NODES_READ, "one", reads, "another", reads)
    ask(sound.spare_valkey.url, "HSET", names.WORKERS_READ, "worker", reads)
    url = sound.spare_valkey.url
    found_there = [
        codes(await work.examine(Installation(settings=sound.settings(redis_url=url, **given))))
        for given in ({}, {"server_processes": 2}, {"storage": "s3://parley-files"})
    ]
    assert found_there == [{"storage.local_directory"}, set(), set()]
    ask(sound.spare_valkey.url, "FLUSHALL")


async def test_a_process_of_an_earlier_release_is_found(sound: Sound) -> None:
    ask(sound.spare_valkey.url, "FLUSHALL")
    ask(sound.spare_valkey.url, "ZADD", names.WORKERS, str(round(time.time() * 1000)), "earlier")
    examined = Installation(settings=sound.settings(redis_url=sound.spare_valkey.url))
    assert codes(await work.examine(examined)) == {"work.earlier_release"}
    ask(sound.spare_valkey.url, "FLUSHALL")
