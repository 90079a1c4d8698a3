"""A subscription on a real Valkey, under both event loops: latency, reconnects, errors, and the end."""

import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from math import inf
from typing import Final

import anyio
import pytest

from core.bus import connection
from core.bus.subscription import Channels, Subscription
from tests.integration.core.loops import Loop, loop
from tests.patience import PATIENCE
from tests.stack import Stack

__all__ = ["loop"]
FIXED, ADDED = "fixed", "added"
WITHIN: Final = 0.25  # seconds from the publication to the receiver
STOPS_WITHIN: Final = 2.0  # seconds; the client's clean-up takes a tenth of one


class Receiver:
    """Records what it receives, and subscribes to one more channel."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.messages: list[tuple[bytes, bytes]] = []
        self.connections: list[bool] = []  # whether messages were missed before each
        self.is_open = False
        self.stops = False
        self.fault: Exception | None = None
        self.subscription = Subscription(
            url, [FIXED], self, sleep=anyio.sleep, stopping=lambda: self.stops or cancelled()
        )

    async def opened(self, channels: Channels, *, missed: bool) -> None:
        await channels.subscribe(ADDED)
        self.connections.append(missed)
        self.is_open = True
        if self.fault is not None:
            await publish(self.url, (FIXED, b"received with a fault"))

    async def receive(self, channel: bytes, payload: bytes) -> None:
        if self.fault is not None:
            raise self.fault
        self.messages.append((channel, payload))

    def closed(self) -> None:
        self.is_open = False

    async def until(self, holds: Callable[[], bool], *, within: float = PATIENCE) -> None:
        with anyio.fail_after(within):
            while not holds():  # noqa: ASYNC110  the client has no event for it
                await anyio.sleep(0.005)


def cancelled() -> bool:
    return anyio.current_effective_deadline() == -inf


@asynccontextmanager
async def receiver(url: str) -> AsyncIterator[Receiver]:
    """A receiver that runs, and stops like a process: it says that it is stopping before the cancellation."""
    made = Receiver(url)
    async with anyio.create_task_group() as group:
        group.start_soon(made.subscription.run)
        yield made
        made.stops = True
        began = time.monotonic()
        group.cancel_scope.cancel()
    assert time.monotonic() - began < STOPS_WITHIN


async def publish(url: str, *messages: tuple[str, bytes]) -> None:
    async with connection.client(url) as redis, redis.pipeline(transaction=False) as pipe:
        for channel, payload in messages:
            pipe.publish(channel, payload)


@pytest.mark.alone
def test_a_message_arrives_within_a_quarter_of_a_second(loop: Loop, stack: Stack) -> None:
    async def work() -> None:
        async with receiver(stack.redis_url) as here, connection.client(stack.redis_url) as redis:
            await here.until(lambda: here.is_open)
            for number in range(20):
                await redis.publish(FIXED, str(number))
                await here.until(lambda number=number: len(here.messages) > number, within=WITHIN)  # type: ignore[misc]
        assert here.connections == [False]

    loop(work)


def test_a_thousand_messages_of_two_channels_arrive_in_the_order_of_each(loop: Loop, stack: Stack) -> None:
    async def work() -> None:
        sent = [(FIXED if number % 2 else ADDED, str(number).encode()) for number in range(1_000)]
        async with receiver(stack.redis_url) as here:
            await here.until(lambda: here.is_open)
            await publish(stack.redis_url, *sent)
            await here.until(lambda: len(here.messages) == len(sent))
        for channel in (FIXED, ADDED):  # between channels a cluster keeps no order
            arrived = [payload for name, payload in here.messages if name == channel.encode()]
            assert arrived == [payload for name, payload in sent if name == channel]

    loop(work)


def test_after_a_restart_of_redis_the_gap_is_reported_and_messages_arrive_again(
    loop: Loop, fresh_stack: Stack
) -> None:
    async def work() -> None:
        servers, url = fresh_stack.servers, fresh_stack.redis_url
        async with receiver(url) as here:
            await here.until(lambda: here.is_open)
            for _ in range(3):
                servers.stop_valkey(kill=True)
                await here.until(lambda: not here.is_open)
                servers.start_valkey()
                await here.until(lambda: here.is_open)
                await publish(url, (FIXED, b"again"), (ADDED, b"again"))
                await here.until(lambda: len(here.messages) == 2)
                here.messages.clear()
        assert here.connections == [False, True, True, True]

    loop(work)


def test_messages_are_missed_when_redis_is_away_at_first(loop: Loop, fresh_stack: Stack) -> None:
    async def work() -> None:
        fresh_stack.servers.stop_valkey(kill=True)
        async with receiver(fresh_stack.redis_url) as here:
            await anyio.wait_all_tasks_blocked()
            fresh_stack.servers.start_valkey()
            await here.until(lambda: here.is_open)
        assert here.connections == [True]

    loop(work)


@pytest.mark.parametrize("redis_is", ["there", "dead", "stopped"])
@pytest.mark.soak
def test_a_stop_ends_within_two_seconds_and_is_not_logged_as_a_loss(
    loop: Loop, fresh_stack: Stack, redis_is: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        servers = fresh_stack.servers
        try:
            async with receiver(fresh_stack.redis_url) as here:
                await here.until(lambda: here.is_open)
                if redis_is == "dead":
                    servers.stop_valkey(kill=True)
                elif redis_is == "stopped":
                    servers.valkey.pause()
        finally:
            if redis_is == "dead":
                servers.start_valkey()
            servers.valkey.resume()

    with caplog.at_level(logging.INFO):
        for _ in range(3):
            loop(work)
    assert [record.message for record in caplog.records if record.name == "parley"] == []


def test_an_error_of_the_receiver_is_raised_as_it_is_and_the_next_run_reports_a_gap(
    loop: Loop, stack: Stack
) -> None:
    async def work() -> None:
        here = Receiver(stack.redis_url)
        here.fault = KeyError("a fault of ours")
        with anyio.fail_after(PATIENCE), pytest.raises(KeyError) as raised:
            await here.subscription.run()
        assert raised.value is here.fault and not here.is_open
        here.fault = None
        async with anyio.create_task_group() as group:
            group.start_soon(here.subscription.run)
            await here.until(lambda: here.is_open)
            here.stops = True
            group.cancel_scope.cancel()
        assert here.connections == [False, True]

    loop(work)
