"""Hops 3 and 4: the command stream, in shards; append, read, reclaim, acknowledge."""

import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from coredis.exceptions import StreamConsumerGroupError, StreamDuplicateConsumerGroupError

from core import command_codec
from core.bus import heartbeats, names
from core.bus.connection import UNAVAILABLE, Redis
from core.bus.driver.together import together
from core.bus.queue import spread
from core.bus.scripts import Script, Value
from core.commands import (
    AnswerForm,
    AskCopilot,
    ChangeOwner,
    Command,
    IdentifyVisitor,
    MarkRead,
    PostFiles,
    PostMessage,
)
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
    slots: int = spread.ONE

    @property
    def appended_at(self) -> float:
        """Seconds since the epoch, by the clock of Redis."""
        return int(self.id.partition("-")[0]) / 1000

    @property
    def order(self) -> tuple[int, int]:
        """Of two entries of a stream, the earlier one's is less."""
        at, _, number = self.id.partition("-")
        return int(at), int(number)


class Pending(msgspec.Struct, frozen=True):
    """An entry that was read and not acknowledged. `tries`: how often it was delivered."""

    id: str
    tries: int


def shard_of(command: Command, shards: int) -> int:
    """By visitor, so that one visitor's messages stay in order; what has none by conversation or session."""
    match command:
        case PostMessage(author=author) | PostFiles(author=author) if author.party == "visitor":
            return zlib.crc32(command.project + author.id) % shards
        case IdentifyVisitor() | AnswerForm():
            return zlib.crc32(command.project + command.visitor) % shards
        case ChangeOwner(author=author) if author.party == "visitor":
            return zlib.crc32(command.project + author.id) % shards
        case AskCopilot():
            return zlib.crc32(command.project + command.session) % shards
        case MarkRead():
            return zlib.crc32(command.project + command.conversation) % shards
        case _:
            raise TypeError(f"{type(command).__name__} does not come by the stream")


class Intake:
    """Appends the commands of one process to the stream."""

    def __init__(self, redis: Redis, *, shards: int, capacity: int, slots: int = spread.ONE) -> None:
        """`capacity`: queued commands, over all shards, at which senders are refused. `slots`: see spread."""
        self._redis = redis
        self._spread = spread.Choice(redis, slots)
        self._shards = shards
        self._room = max(1, capacity // shards)
        self._encode: Callable[[Command], bytes] = command_codec.encode_earlier
        self.all_read_owners = False
        """Whether every living worker reads ChangeOwner: one that does not would hold its shard up."""
        self.all_read_copilot = False
        """Likewise AskCopilot."""
        self.all_read_files = False
        """Likewise PostFiles."""

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
            self.all_read_owners = reads >= heartbeats.OWNERS
            self.all_read_copilot = reads >= heartbeats.COPILOT
            self.all_read_files = reads >= heartbeats.FILES
        await self._spread.choose(reads)

    @property
    def all_read_forms(self) -> bool:
        """Whether every living worker reads what releases up to 0.2.0 have no form of: AnswerForm."""
        return self._encode is command_codec.encode

    async def append(self, commands: Sequence[Command]) -> list[Busy | None]:
        """Appends a batch in one call for each slot, in order. One result each: None when Redis has it.

        Never raises when Redis is unavailable, slow or out of memory: every result is Busy then. The commands
        may have been appended all the same; their refs make a retry harmless.
        """
        slots = self._spread.slots
        if slots is None:
            return [Busy("redis did not answer yet", retry=RETRY_WHEN_AWAY)] * len(commands)
        shards = [shard_of(command, self._shards) for command in commands]
        if slots == spread.ONE:
            return await self._append(commands, shards, slots)
        parts: dict[int, list[int]] = {}
        for index, shard in enumerate(shards):
            parts.setdefault(shard % slots, []).append(index)
        calls = [
            partial(self._append, [commands[n] for n in part], [shards[n] for n in part], slots)
            for part in parts.values()
        ]
        results: list[Busy | None] = [None] * len(commands)
        for part, answers in zip(parts.values(), await together(calls), strict=True):
            for index, answer in zip(part, answers, strict=True):
                results[index] = answer
        return results

    async def _append(
        self, commands: Sequence[Command], shards: Sequence[int], slots: int
    ) -> list[Busy | None]:
        """To the streams of one slot."""
        touched = {shard: number for number, shard in enumerate(dict.fromkeys(shards), start=1)}
        args: list[Value] = [self._room, FIELD]
        for command, shard in zip(commands, shards, strict=True):
            args += (touched[shard], self._encode(command))
        try:
            taken = await _append.run(self._redis, [names.commands(shard, slots) for shard in touched], args)
        except UNAVAILABLE as error:
            return [Busy(f"redis: {type(error).__name__}", retry=RETRY_WHEN_AWAY)] * len(commands)
        return [None if one else Busy("the stream is full", retry=RETRY_WHEN_FULL) for one in taken]


async def create_groups(redis: Redis, shards: Iterable[int], *, slots: int = spread.ONE) -> None:
    """Creates the missing consumer groups. From `0`, never `$`: entries queued already must be read."""
    for shard in shards:
        try:
            await redis.xgroup_create(
                names.commands(shard, slots), names.GROUP, identifier="0", mkstream=True
            )
        except StreamDuplicateConsumerGroupError:
            continue


async def read(
    redis: Redis,
    consumer: str,
    shards: Sequence[int],
    *,
    count: int,
    wait: int | None,
    slots: int = spread.ONE,
) -> list[Entry]:
    """Reads new entries of `shards`, which are in one slot; at most `count` per shard.

    Blocks up to `wait` ms for the first, and occupies a connection of `redis` while it does; None: does not
    block. Raises GroupMissing.
    """
    streams = {names.commands(shard, slots): ">" for shard in shards}
    try:
        found = await redis.xreadgroup(names.GROUP, consumer, streams, count=count, block=wait)
    except StreamConsumerGroupError as error:
        raise GroupMissing(str(error)) from None
    return [
        entry for name, entries in (found or {}).items() for entry in _entries(_shard(name), entries, slots)
    ]


async def pending(redis: Redis, shard: int, *, count: int, slots: int = spread.ONE) -> list[Pending]:
    """The oldest entries that were read and not acknowledged."""
    found: Any = await redis.xpending(
        names.commands(shard, slots), names.GROUP, start="-", end="+", count=count
    )
    return [Pending(entry.identifier.decode(), entry.delivered) for entry in found]


async def peek(redis: Redis, shard: int, entry_id: str, *, slots: int = spread.ONE) -> Entry | None:
    """One entry, without counting as a delivery; None when it was deleted."""
    found = await redis.xrange(names.commands(shard, slots), start=entry_id, end=entry_id, count=1)
    return next(iter(_entries(shard, found, slots)), None)


async def age(redis: Redis, entry_id: str) -> float:
    """Seconds since the entry was appended, by the clock of Redis, which made its id."""
    now = await redis.time()
    return now.timestamp() - int(entry_id.partition("-")[0]) / 1000


async def reclaim(
    redis: Redis, consumer: str, shard: int, *, count: int, slots: int = spread.ONE
) -> list[Entry]:
    """Claims the oldest `count` pending entries of a shard; empty when there are none.

    Only for the owner of the shard: the holder of its lease may claim everything, with no minimum idle time.
    """
    cursor: Any = "0-0"
    while True:
        cursor, entries, deleted = await redis.xautoclaim(
            names.commands(shard, slots), names.GROUP, consumer, 0, cursor, count=count
        )
        if entries or deleted or cursor in {b"0-0", "0-0"}:
            gone = [Entry(shard, _text(name), None, slots) for name in deleted]
            return [*gone, *_entries(shard, entries, slots)]


async def acknowledge(redis: Redis, entries: Sequence[Entry]) -> None:
    """Acknowledges and deletes `entries`, at most one read's worth per shard; one call for each slot."""
    by_slot: dict[tuple[int, int], dict[int, list[str]]] = {}
    for entry in entries:
        place = entry.slots, entry.shard % entry.slots
        by_slot.setdefault(place, {}).setdefault(entry.shard, []).append(entry.id)
    await together(
        [partial(_acknowledge, redis, slots, by_shard) for (slots, _), by_shard in by_slot.items()]
    )


async def _acknowledge(redis: Redis, slots: int, by_shard: Mapping[int, list[str]]) -> None:
    args: list[Value] = [names.GROUP]
    for ids in by_shard.values():
        args += (len(ids), *ids)
    await _forget.run(redis, [names.commands(shard, slots) for shard in by_shard], args)


async def append_raw(redis: Redis, shard: int, payload: bytes) -> None:
    """Appends the bytes of a dead letter to its shard."""
    stream = names.commands(shard, await spread.current(redis))
    await redis.xadd(stream, field_values={FIELD: payload})


async def depth(
    redis: Redis, shards: Sequence[int], *, spreads: Collection[int] = (spread.ONE,)
) -> tuple[int, float]:
    """How many commands wait or are in work in `shards`, and the age of the oldest in seconds."""
    if not shards:
        return 0, 0.0
    streams = [(shard, slots) for slots in spreads for shard in shards]
    async with redis.pipeline(transaction=False) as pipe:
        pipe.time()
        for shard, slots in streams:
            pipe.xlen(names.commands(shard, slots))
            pipe.xrange(names.commands(shard, slots), count=1)
    now, *found = pipe.results or ()
    heads = [
        entry
        for (shard, slots), first in zip(streams, found[1::2], strict=True)
        for entry in _entries(shard, first, slots)
    ]
    oldest = min((entry.appended_at for entry in heads), default=now.timestamp())
    return sum(found[::2]), max(0.0, now.timestamp() - oldest)


async def backlog(redis: Redis, shards: int, *, slots: int = spread.ONE) -> int:
    """How many commands are queued or being processed, over all shards."""
    async with redis.pipeline(transaction=False) as pipe:
        for shard in range(shards):
            pipe.xlen(names.commands(shard, slots))
    return sum(pipe.results or ())


def _entries(shard: int, found: Iterable[Any], slots: int) -> list[Entry]:
    return [
        Entry(shard, _text(entry.identifier), (entry.field_values or {}).get(FIELD), slots) for entry in found
    ]


def _shard(name: bytes | str) -> int:
    return int(_text(name).rsplit(":", 1)[1])


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
