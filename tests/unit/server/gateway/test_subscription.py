"""A join returns once the room is subscribed, whatever the connection to Redis does meanwhile."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import anyio
import pytest
import trio
from trio.testing import MockClock

from core.bus import connection, names
from core.ids import ProjectId
from server.gateway.loss_detector import ASK_EVERY, TELL_EVERY, LossDetector
from server.gateway.subscription import LIVE_WITHIN, RoomSubscription
from tests.unit.server.gateway.peers import OTHER, SHOP


class Redis:
    """Pub/Sub of a Redis that can be unavailable, slow, or drop its connections."""

    def __init__(self) -> None:
        self.connects = 0
        self.away = False
        self.answers_after = 0.01
        self.rooms: set[str] = set()
        self.hears_news = False
        self.ends_in: Exception | None = None
        self._cut = trio.Event()
        self._send, self._receive = trio.open_memory_channel[dict[str, Any]](100)

    def client(self, *_: object, **__: object) -> "Redis":
        return self

    async def __aenter__(self) -> Self:
        if self.away:
            raise ConnectionError("away")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.rooms.clear()
        self.hears_news = False
        if self.ends_in is not None:
            raise ExceptionGroup("Exceptions from Trio nursery", [self.ends_in])

    @asynccontextmanager
    async def pubsub(self, **_: object) -> AsyncIterator["Redis"]:
        self.connects += 1
        self._cut = trio.Event()
        yield self

    async def subscribe(self, room: str) -> None:
        if room == names.NEWS:  # the first subscription of every connection
            self.hears_news = True
            return
        with trio.move_on_after(1):
            await trio.sleep(self.answers_after)
            self.rooms.add(room)
            return
        raise TimeoutError("no acknowledgement")

    async def unsubscribe(self, room: str) -> None:
        await trio.sleep(self.answers_after)
        self.rooms.discard(room)

    async def get_message(self) -> dict[str, Any]:
        got: list[dict[str, Any]] = []
        async with trio.open_nursery() as nursery:

            async def wait() -> None:
                got.append(await self._receive.receive())
                nursery.cancel_scope.cancel()

            nursery.start_soon(wait)
            await self._cut.wait()
            if not got:
                raise ConnectionError("cut")
        return got[0]

    def say(self, data: bytes) -> None:
        self._send.send_nowait({"type": "message", "channel": room(SHOP.id).encode(), "data": data})

    def cut(self) -> None:
        self._cut.set()


class Receiver:
    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.missed = 0
        self.lacking: list[ProjectId] = []
        self.published: dict[ProjectId, int] = {}
        self.loss_detector = LossDetector(self.ask, missed=self.lacking.append)
        self.subscription = RoomSubscription("redis://", self.loss_detector, hear=self.hear, missed=self.miss)

    async def ask(self, projects: Sequence[ProjectId]) -> list[int]:
        return [self.published.get(project, 0) for project in projects]

    async def hear(self, data: bytes) -> bool:
        self.heard.append(data)
        return True

    def miss(self) -> None:
        self.missed += 1


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Redis:
    made = Redis()
    monkeypatch.setattr(connection, "client", made.client)
    return made


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(made.subscription.run)
        nursery.start_soon(made.loss_detector.run)
        yield made
        nursery.cancel_scope.cancel()


def room(project: ProjectId) -> str:
    return names.room(project)


async def test_a_join_returns_once_the_room_is_subscribed(autojump_clock: MockClock, redis: Redis) -> None:
    async with receiver() as here:
        await here.subscription.join(SHOP.id)
        assert redis.rooms == {room(SHOP.id)}
        redis.say(b"hello")
        await trio.sleep(0.1)
        assert here.heard == [b"hello"] and here.missed == 0


async def test_a_room_joined_during_a_reconnect_is_subscribed(
    autojump_clock: MockClock, redis: Redis
) -> None:
    async with receiver() as here:
        await here.subscription.join(SHOP.id)
        redis.answers_after = 0.5
        redis.cut()
        await trio.sleep(0.3)  # it is resubscribing
        await here.subscription.join(OTHER.id)
        assert room(OTHER.id) in redis.rooms
        await here.subscription.join(SHOP.id)
        assert redis.rooms == {room(SHOP.id), room(OTHER.id)}


async def test_the_news_channel_is_subscribed_without_any_room_and_again_after_a_lost_connection(
    autojump_clock: MockClock, redis: Redis
) -> None:
    async with receiver() as here:
        for _ in range(2):
            await trio.sleep(0.1)
            assert redis.hears_news
            redis.cut()
            await trio.sleep(1)
        assert here.missed == 2


async def test_a_join_while_redis_is_away_returns_when_it_is_back(
    autojump_clock: MockClock, redis: Redis
) -> None:
    redis.away = True
    async with receiver() as here, trio.open_nursery() as nursery:
        nursery.start_soon(here.subscription.join, SHOP.id)
        await trio.sleep(LIVE_WITHIN / 2)
        redis.away = False
    assert redis.connects == 1


async def test_after_a_lost_connection_the_rooms_are_resubscribed_and_the_loss_is_reported(
    autojump_clock: MockClock, redis: Redis
) -> None:
    async with receiver() as here:
        await here.subscription.join(SHOP.id)
        redis.cut()
        await trio.sleep(1)
        assert (here.missed, redis.connects, redis.rooms) == (1, 2, {room(SHOP.id)})


async def test_a_room_that_redis_does_not_confirm_is_subscribed_by_the_next_join(
    autojump_clock: MockClock, redis: Redis
) -> None:
    async with receiver() as here:
        await trio.sleep(0.1)
        redis.answers_after = 2.0
        with pytest.raises(TimeoutError):
            await here.subscription.join(SHOP.id)
        redis.answers_after = 0.01
        await here.subscription.join(SHOP.id)
        assert redis.rooms == {room(SHOP.id)} and redis.connects == 1


async def test_a_room_in_use_that_cannot_be_resubscribed_is_retried_until_it_can(
    autojump_clock: MockClock, redis: Redis
) -> None:
    async with receiver() as here:
        await here.subscription.join(SHOP.id)
        redis.answers_after = 2.0
        redis.cut()
        await trio.sleep(10)
        assert here.missed == 0
        redis.answers_after = 0.01
        await trio.sleep(10)
        assert redis.rooms == {room(SHOP.id)} and here.missed == 1


async def test_a_cancelled_join_does_not_block_the_next(autojump_clock: MockClock, redis: Redis) -> None:
    async with receiver() as here:
        await trio.sleep(0.1)
        redis.answers_after = 0.8
        with trio.move_on_after(0.1):
            await here.subscription.join(SHOP.id)
        await here.subscription.join(SHOP.id)
        assert redis.rooms == {room(SHOP.id)}


async def test_rooms_without_peers_are_left_and_rooms_rejoined_meanwhile_are_kept(
    autojump_clock: MockClock, redis: Redis
) -> None:
    async with receiver() as here, trio.open_nursery() as nursery:
        await here.subscription.join(SHOP.id)
        await here.subscription.join(OTHER.id)
        nursery.start_soon(here.subscription.keep, {OTHER.id})
        await trio.lowlevel.checkpoint()
        await here.subscription.join(SHOP.id)
        assert redis.rooms == {room(SHOP.id), room(OTHER.id)}
        await here.subscription.keep(set())
        assert redis.rooms == set()


IN_SILENCE = (ASK_EVERY + 2) * TELL_EVERY  # seconds: until the counter is polled again, and answered


def payload(number: int) -> bytes:
    return b"\xcf" + number.to_bytes(8, "big") + b"\x90"


async def test_a_gap_in_the_sequence_is_reported_once_and_within_two_seconds(
    autojump_clock: MockClock, redis: Redis
) -> None:
    async with receiver() as here:
        here.published[SHOP.id] = 7
        await here.subscription.join(SHOP.id)
        for number in (7, 8, 10, 11, 14):  # 7 was in flight when we joined
            redis.say(payload(number))
        here.published[SHOP.id] = 14
        await trio.sleep(2 * TELL_EVERY)
        assert here.heard == [b"\x90"] * 5 and here.lacking == [SHOP.id]
        await trio.sleep(IN_SILENCE)
        assert here.lacking == [SHOP.id]


async def test_a_loss_before_a_quiet_period_is_found_by_polling_the_counter(
    autojump_clock: MockClock, redis: Redis
) -> None:
    async with receiver() as here:
        await here.subscription.join(SHOP.id)
        await trio.sleep(IN_SILENCE)
        here.published[SHOP.id] = 1
        await trio.sleep(IN_SILENCE)
        assert here.lacking == [SHOP.id]


async def test_a_counter_that_starts_again_is_noticed_and_reported_as_a_loss(
    autojump_clock: MockClock, redis: Redis
) -> None:
    async with receiver() as here:
        here.published[SHOP.id] = 500
        await here.subscription.join(SHOP.id)
        here.published[SHOP.id] = 1
        await trio.sleep(IN_SILENCE)
        assert here.lacking == [SHOP.id]
        redis.say(payload(2))
        here.published[SHOP.id] = 2
        await trio.sleep(IN_SILENCE)
        assert here.lacking == [SHOP.id]


async def test_a_room_that_was_left_is_not_polled(autojump_clock: MockClock, redis: Redis) -> None:
    async with receiver() as here:
        await here.subscription.join(SHOP.id)
        await here.subscription.keep(set())
        here.published[SHOP.id] = 9
        await trio.sleep(IN_SILENCE)
        assert here.lacking == []


async def test_stopping_is_not_reported_as_a_loss_whatever_error_the_close_raises(
    autojump_clock: MockClock, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    redis.ends_in = anyio.ClosedResourceError()
    async with receiver():
        await trio.sleep(0.1)
        assert redis.connects == 1
    assert [record.message for record in caplog.records] == []


async def test_a_lost_connection_is_reported_with_its_cause(
    autojump_clock: MockClock, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    redis.ends_in = ConnectionError("reset by peer")
    async with receiver():
        await trio.sleep(0.1)
        redis.cut()
        await trio.sleep(1)
    lost = [record for record in caplog.records if record.message == "subscription.lost"]
    assert lost[0].fields["reason"] == "reset by peer"  # type: ignore[attr-defined]
