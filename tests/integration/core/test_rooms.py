"""Rooms, the resume log, rate limits and tickets on a real Valkey, under both event loops."""

from typing import Any

import anyio
import msgspec

from core import ids
from core.bus import limits, names, resume_log, rooms
from core.bus.connection import Redis
from core.bus.identity import tickets
from core.bus.limits import Hit
from core.bus.resume_log import Have
from core.ids import ConversationId
from core.signals import AgentsChanged, decode_batch
from tests.integration.core.bus_messages import PROJECT, On, people, room_batch
from tests.patience import PATIENCE


def test_a_room_receives_batches_in_order_and_the_log_keeps_the_last_events(on: On) -> None:
    async def work(redis: Redis) -> None:
        conversation, (visitor,) = ConversationId(ids.make()), people(1)
        async with redis.pubsub() as room:
            await room.subscribe(names.room(PROJECT))
            await rooms.publish(
                redis,
                [
                    room_batch(conversation, visitor, range(1, 41)),
                    room_batch(conversation, visitor, range(41, 43)),
                ],
            )
            await rooms.publish_signals(redis, [AgentsChanged(PROJECT, 2), AgentsChanged(PROJECT, 3)])
            heard: list[Any] = []
            with anyio.fail_after(PATIENCE):
                while len(heard) < 44:
                    message = await room.get_message(timeout=1)
                    if message and message["type"] == "message":
                        heard += decode_batch(rooms.numbered(message["data"])[1])  # type: ignore[arg-type]
        assert [one.seq for one in heard[:42]] == list(range(1, 43))
        assert heard[42:] == [AgentsChanged(PROJECT, 2), AgentsChanged(PROJECT, 3)]
        other = ConversationId(ids.make())
        whole, gap, same, unknown = await resume_log.since(
            redis,
            PROJECT,
            [Have(conversation, 11), Have(conversation, 3), Have(conversation, 42), Have(other, 1)],
        )
        assert (whole.whole, whole.last_seq) == (True, 42)
        assert [one.seq for one in whole.events] == list(range(12, 43))
        assert [gap.whole, same.whole, unknown.whole] == [False, True, False]
        assert same.events == []

    on(work)


def test_a_redaction_deletes_the_log_also_what_an_earlier_batch_of_the_same_claim_put_there(on: On) -> None:
    async def work(redis: Redis) -> None:
        conversation, (visitor,) = ConversationId(ids.make()), people(1)
        await rooms.publish(redis, [room_batch(conversation, visitor, range(1, 4))])
        redacted = room_batch(conversation, visitor, range(5, 6))
        (entry,) = redacted.kept
        redacted = msgspec.structs.replace(
            redacted, kept=[msgspec.structs.replace(entry, cleared=True, last_change=1)]
        )
        await rooms.publish(redis, [room_batch(conversation, visitor, range(4, 5)), redacted])
        log = await redis.lrange(names.log(PROJECT, conversation), 0, -1)
        assert list(log) == entry.events
        (before, now) = await resume_log.since(
            redis, PROJECT, [Have(conversation, 3), Have(conversation, 5, 1)]
        )
        assert (before.whole, now.whole) == (False, True)

    on(work)


def test_an_expired_log_still_knows_whether_events_are_missing(on: On) -> None:
    async def work(redis: Redis) -> None:
        conversation, (visitor,) = ConversationId(ids.make()), people(1)
        await rooms.publish(redis, [room_batch(conversation, visitor, range(1, 4))])
        await redis.delete([names.log(PROJECT, conversation)])
        same, less = await resume_log.since(redis, PROJECT, [Have(conversation, 3), Have(conversation, 2)])
        assert (same.whole, less.whole) == (True, False)

    on(work)


def test_the_ttl_of_a_log_starts_at_its_last_event(on: On) -> None:
    """A change has no `seq` of its own: if it expired early, the loss would not be noticed."""

    async def work(redis: Redis) -> None:
        conversation, (visitor,) = ConversationId(ids.make()), people(1)
        log_key = names.log(PROJECT, conversation)
        for seq in range(1, 12):
            await rooms.publish(redis, [room_batch(conversation, visitor, range(seq, seq + 1))])
            assert await redis.ttl(log_key) > rooms.KEPT_FOR / 2
            await redis.expire(log_key, 60)  # time passes

    on(work)


def test_publishing_a_batch_again_does_not_set_the_last_seq_back(on: On) -> None:
    async def work(redis: Redis) -> None:
        conversation, (visitor,) = ConversationId(ids.make()), people(1)
        await rooms.publish(redis, [room_batch(conversation, visitor, range(1, 4))])
        await rooms.publish(redis, [room_batch(conversation, visitor, range(2, 3))])
        (answer,) = await resume_log.since(redis, PROJECT, [Have(conversation, 3)])
        assert (answer.whole, answer.last_seq) == (True, 3)

    on(work)


def test_the_last_change_goes_up_only_and_is_unknown_after_an_uncounted_one(on: On) -> None:
    async def work(redis: Redis) -> None:
        conversation, (visitor,) = ConversationId(ids.make()), people(1)

        async def publish(last_change: int | None) -> bool:
            """Whether a client with the second change has everything afterwards."""
            batch = room_batch(conversation, visitor, range(1, 2))
            kept = [msgspec.structs.replace(batch.kept[0], last_change=last_change)]
            await rooms.publish(redis, [msgspec.structs.replace(batch, kept=kept)])
            (answer,) = await resume_log.since(redis, PROJECT, [Have(conversation, 1, 2)])
            return answer.whole

        assert [await publish(change) for change in (0, 2, 1, None, 2, 3)] == [
            False,
            True,
            True,
            False,
            True,
            False,
        ]

    on(work)


def login(who: str) -> Hit:
    return Hit("login", who, limit=3, window=60.0)


def test_a_limit_allows_its_number_of_hits_and_returns_how_long_to_wait(on: On) -> None:
    async def work(redis: Redis) -> None:
        counts = [(await limits.allow(redis, [login("a")]))[0] for _ in range(5)]
        assert [one.wait for one in counts[:3]] == [0.0] * 3
        assert all(0 < one.wait <= 120 for one in counts[3:])
        assert [one.left for one in counts] == [2, 1, 0, 0, 0]
        assert all(0 < one.reset <= 60 for one in counts)
        assert [one.wait for one in await limits.allow(redis, [login("b")])] == [0.0]

    on(work)


def test_hits_in_one_call_are_counted_one_by_one(on: On) -> None:
    async def work(redis: Redis) -> None:
        many = [login("a"), login("a"), login("b"), login("a"), login("a")]
        waits = [one.wait for one in await limits.allow(redis, many)]
        assert waits[:4] == [0.0] * 4
        assert 0 < waits[4] <= 120

    on(work)


def test_a_ticket_is_used_once(on: On) -> None:
    async def work(redis: Redis) -> None:
        assert [await tickets.use(redis, "one") for _ in range(3)] == [True, False, False]
        assert await tickets.use(redis, "two")

    on(work)
