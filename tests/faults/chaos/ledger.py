"""After the schedule: compares what the clients wrote, saw stored and received with the database."""

import functools
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import trio

from core.bus import names
from core.config.settings import Settings
from tests.faults.chaos.people import Copy, Watcher, Writer, extended
from tests.faults.chaos.targets import Targets

QUIET_WITHIN = 60.0  # seconds from the last acknowledgement until everything is published and acknowledged
BATCH_SIZE = 20  # conversations at a time: those of a long run do not fit into memory together
SPREADS = (1, 3)  # over so many slots the streams of commands may be, see tests.faults.chaos.run
PENDING = "\"return redis.call('xpending',KEYS[1],ARGV[1])[1]\""
COUNTS = """
    SELECT count(*) AS messages, count(DISTINCT conversation_id) AS conversations FROM messages
    WHERE project_id = $1
"""
MESSAGES = """
    SELECT conversation_id, seq, sender_party, ref, body FROM messages
    WHERE project_id = $1 AND conversation_id = ANY($2) ORDER BY seq
"""
LEFT = """
    SELECT (SELECT count(*) FROM outbox) AS outbox, (SELECT count(*) FROM dead_letters) AS dead_letters,
           (SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND state LIKE 'idle in transaction%') AS idle_transactions
"""


async def left_over(targets: Targets) -> dict[str, int]:
    """The counts that must be zero at rest and are not."""
    left: dict[str, int] = dict((await targets.sql(LEFT))[0])
    streams = [names.commands(shard, slots) for shard in range(Settings().stream_shards) for slots in SPREADS]
    for stream in streams:
        for name, words in (
            ("queued", ("XLEN", stream)),
            ("pending", ("EVAL", PENDING, "1", stream, names.GROUP)),
        ):
            answer = await targets.redis.ask(*words)
            # A stream without its group has had no command since a FLUSHALL.
            count = 0 if answer.startswith(b"-NOGROUP") or b"No such key" in answer else int(answer[1:])
            left[name] = left.get(name, 0) + count
    return {name: count for name, count in left.items() if count}


async def come_to_rest(targets: Targets) -> None:
    """Wait for rest; fails when work remains."""
    left = await left_over(targets)
    with trio.move_on_after(QUIET_WITHIN):
        while left:
            await trio.sleep(0.2)
            left = await left_over(targets)
    assert not left, f"not at rest after {QUIET_WITHIN} s: {left}"


async def check(
    targets: Targets, project: bytes, writers: Sequence[Writer], watchers: Sequence[Watcher]
) -> int:
    """Each text once and in its writer's order, `seq` dense, all copies equal; returns the message count."""
    counts = (await targets.sql(COUNTS, UUID(bytes=project)))[0]
    total = counts["messages"]
    expected = sum(writer.written for writer in writers)
    expected += sum(len(texts) for watcher in watchers for texts in watcher.written.values())
    assert total == expected, f"{total} messages in the database, {expected} written"
    assert counts["conversations"] == len(writers), "a visitor has one conversation"
    for start in range(0, len(writers), BATCH_SIZE):
        await _check_some(targets, project, writers[start : start + BATCH_SIZE], watchers)
    refused = [frame for client in (*writers, *watchers) for frame in client.refused]
    assert not refused, f"refused for good: {refused[:5]}"
    return total


async def _check_some(
    targets: Targets, project: bytes, writers: Sequence[Writer], watchers: Sequence[Watcher]
) -> None:
    rows: dict[bytes, list[Any]] = {writer.conversation or b"": [] for writer in writers}
    assert len(rows) == len(writers), "two visitors share a conversation"
    for row in await targets.sql(MESSAGES, UUID(bytes=project), [UUID(bytes=one) for one in rows]):
        rows[row["conversation_id"].bytes].append(row)
    for writer, (conversation, own) in zip(writers, rows.items(), strict=True):
        _check_conversation(writer, own, _replies(watchers, conversation))
        checksum = functools.reduce(extended, (row["body"] for row in own), 0)
        for reader in (writer, *watchers):
            _same(type(reader).__name__, reader.copies[conversation], len(own), checksum)


def _check_conversation(writer: Writer, rows: list[Any], replies: list[str]) -> None:
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1)), "a gap in seq"
    own = [row for row in rows if row["sender_party"] == "visitor"]
    bodies = [writer.body(index) for index in range(writer.written)]
    assert [row["body"] for row in own] == bodies, "other texts than written, or in another order"
    assert [row["seq"] for row in own] == list(writer.stored), "acknowledged with another seq"
    assert [row["ref"].bytes for row in own] == [writer.ref(index) for index in range(writer.written)]
    said = [row["body"] for row in rows if row["sender_party"] == "agent"]
    assert said == replies, "other replies than written, or in another order"


def _replies(watchers: Sequence[Watcher], conversation: bytes) -> list[str]:
    """One agent answers in each conversation, so that the replies have an order to check."""
    return [body for watcher in watchers for body in watcher.written.get(conversation, [])]


def _same(who: str, copy: Copy, count: int, checksum: int) -> None:
    assert copy.whole >= count, f"a {who} has {copy.whole} of {count}, and {sorted(copy.ahead)[:5]}"
    assert not copy.ahead and copy.whole == count, f"a {who} has messages that were never stored, of {count}"
    assert copy.checksum == checksum, f"a {who} has other texts"
