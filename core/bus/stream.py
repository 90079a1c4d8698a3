"""Hops 3 and 4: the command stream, in shards; append, read, reclaim, acknowledge."""

import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from coredis.exceptions import StreamConsumerGroupError, StreamDuplicateConsumerGroupError

from core import command_codec
from core.bus import heartbeats, names
from core.bus.connection import UNAVAILABLE, Redis
from core.bus.scripts import Script, Value
from core.commands import AnswerForm, Command, IdentifyVisitor, MarkRead, PostMessage
from core.errors import Busy, CoreError

FIELD = b"c"
RETRY_WHEN_FULL = 5.0  # seconds
RETRY_WHEN_AWAY = 2.0  # seconds
FORM_EVERY = 1.0  # seconds between two looks at what the other processes read


_append = Script("append")
_forget = Script("forget")


class GroupMissing(CoreError):
    """The consumer group is gone: Redis lost its data. Call `create_groups` again."""


class Entry(msgspec.Struct, frozen=True):
    """One command in the stream. `payload` None: it was deleted before it was acknowledged."""

    shard: int
    id: str
    payload: bytes | None

    @property
    def appended_at(self) -> float:
        """Seconds since the epoch, by the clock of Redis."""
        return int(self.id.partition("-")[0]) / 1000


class Pending(msgspec.Struct, frozen=True):
    """An entry that was read and not acknowledged. `tries`: how often it was delivered."""

    id: str
    tries: int


def shard_of(command: Command, shards: int) -> int:
    """By visitor, so that one visitor's messages stay in order; a read mark by conversation."""
    match command:
        case PostMessage(author=author) if author.party == "visitor":
            return zlib.crc32(command.project + author.id) % shards
        case IdentifyVisitor() | AnswerForm():
            return zlib.crc32(command.project + command.visitor) % shards
        case MarkRead():
            return zlib.crc32(command.project + command.conversation) % shards
        case _:
            raise TypeError(f"{type(command).__name__} does not come by the stream")


class Intake:
    """Appends the commands of one process to the stream."""

    def __init__(self, redis: Redis, *, shards: int, capacity: int) -> None:
        """`capacity`: queued commands, over all shards, at which senders are refused."""
        self._redis = redis
        self._shards = shards
        self._room = max(1, capacity // shards)
        self._encode: Callable[[Command], bytes] = command_codec.encode_earlier

    async def choose_form(self) -> None:
        """Writes today's form of commands from now on, unless a process lives that does not read it.

        Call it every FORM_EVERY. An earlier worker that meets today's form all the same leaves it to another
        one (ADR 25). Raises what Redis raises; the form is the earlier one then.
        """
        reads = 1
        try:
            reads = await heartbeats.all_read(self._redis)
        finally:
            self._encode = command_codec.encode
            if reads < heartbeats.AUTHORS:
                self._encode = command_codec.encode_earlier

    @property
    def all_read_forms(self) -> bool:
        """Whether every living worker reads what releases up to 0.2.0 have no form of: AnswerForm."""
        return self._encode is command_codec.encode

    async def append(self, commands: Sequence[Command]) -> list[Busy | None]:
        """Appends a batch in one call, in order. One result each: None when Redis has it.

        Never raises when Redis is unavailable, slow or out of memory: every result is Busy then. The commands
        may have been appended all the same; their refs make a retry harmless.
        """
        shards = [shard_of(command, self._shards) for command in commands]
        touched = {shard: number for number, shard in enumerate(dict.fromkeys(shards), start=1)}
        args: list[Value] = [self._room, FIELD]
        for command, shard in zip(commands, shards, strict=True):
            args += (touched[shard], self._encode(command))
        try:
            taken = await _append.run(self._redis, [names.commands(shard) for shard in touched], args)
        except UNAVAILABLE as error:
            return [Busy(f"redis: {type(error).__name__}", retry=RETRY_WHEN_AWAY)] * len(commands)
        return [None if one else Busy("the stream is full", retry=RETRY_WHEN_FULL) for one in taken]


async def create_groups(redis: Redis, shards: Iterable[int]) -> None:
    """Creates the missing consumer groups. From `0`, never `$`: entries queued already must be read."""
    for shard in shards:
        try:
            await redis.xgroup_create(names.commands(shard), names.GROUP, identifier="0", mkstream=True)
        except StreamDuplicateConsumerGroupError:
            continue


async def read(redis: Redis, consumer: str, shards: Sequence[int], *, count: int, wait: int) -> list[Entry]:
    """Reads new entries of `shards`, at most `count` per shard; blocks up to `wait` ms for the first.

    The call occupies a connection of `redis` while it blocks. Raises GroupMissing.
    """
    try:
        found = await redis.xreadgroup(
            names.GROUP, consumer, {names.commands(shard): ">" for shard in shards}, count=count, block=wait
        )
    except StreamConsumerGroupError as error:
        raise GroupMissing(str(error)) from None
    return [entry for name, entries in (found or {}).items() for entry in _entries(_shard(name), entries)]


async def pending(redis: Redis, shard: int, *, count: int) -> list[Pending]:
    """The oldest entries that were read and not acknowledged."""
    found: Any = await redis.xpending(names.commands(shard), names.GROUP, start="-", end="+", count=count)
    return [Pending(entry.identifier.decode(), entry.delivered) for entry in found]


async def peek(redis: Redis, shard: int, entry_id: str) -> Entry | None:
    """One entry, without counting as a delivery; None when it was deleted."""
    found = await redis.xrange(names.commands(shard), start=entry_id, end=entry_id, count=1)
    return next(iter(_entries(shard, found)), None)


async def age(redis: Redis, entry_id: str) -> float:
    """Seconds since the entry was appended, by the clock of Redis, which made its id."""
    now = await redis.time()
    return now.timestamp() - int(entry_id.partition("-")[0]) / 1000


async def reclaim(redis: Redis, consumer: str, shard: int, *, count: int) -> list[Entry]:
    """Claims the oldest `count` pending entries of a shard; empty when there are none.

    Only for the owner of the shard: the holder of its lease may claim everything, with no minimum idle time.
    """
    cursor: Any = "0-0"
    while True:
        cursor, entries, deleted = await redis.xautoclaim(
            names.commands(shard), names.GROUP, consumer, 0, cursor, count=count
        )
        if entries or deleted or cursor in {b"0-0", "0-0"}:
            gone = [Entry(shard, _text(name), None) for name in deleted]
            return [*gone, *_entries(shard, entries)]


async def acknowledge(redis: Redis, entries: Sequence[Entry]) -> None:
    """Acknowledges and deletes `entries`, at most one read's worth per shard."""
    by_shard: dict[int, list[str]] = {}
    for entry in entries:
        by_shard.setdefault(entry.shard, []).append(entry.id)
    args: list[Value] = [names.GROUP]
    for ids in by_shard.values():
        args += (len(ids), *ids)
    await _forget.run(redis, [names.commands(shard) for shard in by_shard], args)


async def append_raw(redis: Redis, shard: int, payload: bytes) -> None:
    """Appends the bytes of a dead letter to its shard."""
    await redis.xadd(names.commands(shard), field_values={FIELD: payload})


async def depth(redis: Redis, shards: Sequence[int]) -> tuple[int, float]:
    """How many commands wait or are in work in `shards`, and the age of the oldest in seconds."""
    if not shards:
        return 0, 0.0
    async with redis.pipeline(transaction=False) as pipe:
        pipe.time()
        for shard in shards:
            pipe.xlen(names.commands(shard))
            pipe.xrange(names.commands(shard), count=1)
    now, *found = pipe.results or ()
    heads = [
        entry for shard, first in zip(shards, found[1::2], strict=True) for entry in _entries(shard, first)
    ]
    oldest = min((entry.appended_at for entry in heads), default=now.timestamp())
    return sum(found[::2]), max(0.0, now.timestamp() - oldest)


async def backlog(redis: Redis, shards: int) -> int:
    """How many commands are queued or being processed, over all shards."""
    async with redis.pipeline(transaction=False) as pipe:
        for shard in range(shards):
            pipe.xlen(names.commands(shard))
    return sum(pipe.results or ())


def _entries(shard: int, found: Iterable[Any]) -> list[Entry]:
    return [Entry(shard, _text(entry.identifier), (entry.field_values or {}).get(FIELD)) for entry in found]


def _shard(name: bytes | str) -> int:
    return int(_text(name).rsplit(":", 1)[1])


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
