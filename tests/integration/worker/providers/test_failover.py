"""Failover over real servers, and the breaker in a real Redis: also one that is away."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from core.assistant import tools
from core.bus import connection, names
from core.bus.assistant import breakers
from core.bus.connection import Redis
from core.config.ai_providers import Provider
from tests import canaries, ports
from tests.integration.worker.assistant.model_server import (
    DONE,
    END,
    HEAD,
    Client,
    ModelServer,
    Serve,
    event,
    piece,
    serving,
    text,
)
from tests.patience import PATIENCE
from tests.stack import Stack
from worker.providers.client import ProviderClient
from worker.providers.errors import ProviderError
from worker.providers.failover import BEFORE_RETRY, Answer, Providers

KEY = "sk-0f-the-failover-1"
canaries.plant(KEY)
HELLO: list[dict[str, Any]] = [{"role": "user", "content": "hello"}]
FAILED = b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"
REFUSED = b"HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 429 X\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"
ANSWER = (
    HEAD,
    piece(text("Hi", "stop")),
    piece(event(choices=[], usage={"prompt_tokens": 1000, "completion_tokens": 10})),
    piece(DONE),
    END,
)


class Asked:
    """Two servers that answer, the providers of both, and what was shown."""

    def __init__(self, redis: Redis, client: ProviderClient, first: ModelServer, second: ModelServer) -> None:
        self.redis, self.client, self.first, self.second = redis, client, first, second
        self.shown: list[str] = []
        self.slept: list[float] = []
        self.providers = [
            first.provider(name="first", key=KEY, price_in=2.0, price_out=3.0),
            second.provider(name="second", key=KEY),
        ]

    async def ask(self, **options: Any) -> Answer:
        async def on_text(some: str) -> None:
            self.shown.append(some)

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        made = Providers(self.providers, self.redis, self.client, sleep=sleep)
        given = {"offers": (), "required": False, "max_tokens": 50} | options
        return await made.ask(HELLO, on_text=on_text, **given)

    async def fails(self, code: str, **options: Any) -> ProviderError:
        with pytest.raises(ProviderError) as raised:
            await self.ask(**options)
        assert raised.value.code == code
        return raised.value

    async def pause_is_over(self, provider: Provider) -> None:
        """As if the pause of its breaker had just ended."""
        key = names.breaker(f"{provider.base_url} {provider.model}")
        assert await self.redis.hset(key, {"until": "1"}) == 0


def sends(*raw: bytes) -> Serve:
    async def serve(client: Client) -> None:
        await client.send(*raw)

    return serve


def run(url: str, work: Callable[[Asked], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(PATIENCE), AsyncExitStack() as stack:
            servers = [await stack.enter_async_context(serving(sends(*ANSWER))) for _ in range(2)]
            redis = await stack.enter_async_context(connection.client(url))
            client = await stack.enter_async_context(ProviderClient())
            await work(Asked(redis, client, *servers))

    asyncio.run(whole())


def test_the_first_provider_answers_and_its_cost_is_counted(stack: Stack) -> None:
    async def work(asked: Asked) -> None:
        answer = await asked.ask()
        assert (answer.provider, answer.model, answer.reply.text) == ("first", "small-1", "Hi")
        assert answer.cost == 2030
        assert asked.shown == ["Hi"]
        assert not asked.second.requests

    run(stack.redis_url, work)


@pytest.mark.parametrize("raw", [FAILED, REFUSED, BUSY, HEAD, HEAD + END])
def test_the_next_provider_answers_for_one_that_fails(stack: Stack, raw: bytes) -> None:
    async def work(asked: Asked) -> None:
        asked.first.serve = sends(raw)
        assert (await asked.ask()).provider == "second"
        assert asked.shown == ["Hi"]

    run(stack.redis_url, work)


def test_after_the_first_text_no_other_provider_is_asked(stack: Stack) -> None:
    async def work(asked: Asked) -> None:
        asked.first.serve = sends(HEAD, piece(text("Half")))
        await asked.fails("provider_garbage")
        assert asked.shown == ["Half"]
        assert not asked.second.requests

    run(stack.redis_url, work)


def test_the_last_error_is_raised(stack: Stack) -> None:
    async def work(asked: Asked) -> None:
        asked.first.serve, asked.second.serve = sends(FAILED), sends(REFUSED)
        error = await asked.fails("provider_refused")
        assert not error.retryable

    run(stack.redis_url, work)


def test_a_provider_that_stumbles_is_asked_once_more(stack: Stack) -> None:
    async def work(asked: Asked) -> None:
        answers = [FAILED, *ANSWER]

        async def stumble(client: Client) -> None:
            await client.send(*(answers[:1] if len(asked.first.requests) == 1 else answers[1:]))

        asked.first.serve, asked.second.serve = stumble, sends(HEAD)
        assert (await asked.ask()).provider == "first"
        assert len(asked.second.requests) == 1
        assert asked.slept == [BEFORE_RETRY]
        asked.first.serve = sends(FAILED)
        await asked.fails("provider_garbage")
        assert len(asked.first.requests) == 4

    run(stack.redis_url, work)


@pytest.mark.parametrize("raw", [REFUSED, BUSY])
def test_a_provider_that_refuses_is_not_asked_again(stack: Stack, raw: bytes) -> None:
    async def work(asked: Asked) -> None:
        asked.providers = asked.providers[:1]
        asked.first.serve = sends(raw)
        with pytest.raises(ProviderError):
            await asked.ask()
        assert len(asked.first.requests) == 1
        assert not asked.slept

    run(stack.redis_url, work)


def test_no_provider_is_an_error(stack: Stack) -> None:
    async def work(asked: Asked) -> None:
        asked.providers = []
        error = await asked.fails("provider_unavailable")
        assert (error.retryable, error.retry_after, asked.slept) == (False, None, [])

    run(stack.redis_url, work)


def test_a_provider_without_tools_is_asked_for_words_only(stack: Stack) -> None:
    async def work(asked: Asked) -> None:
        asked.providers = [asked.first.provider(tools=False)]
        await asked.ask(offers=[tools.offer("assign")])
        assert "tools" not in asked.first.requests[0].json
        await asked.fails("provider_unavailable", offers=[tools.offer("route")], required=True)
        asked.providers.append(asked.second.provider(name="second"))
        answer = await asked.ask(offers=[tools.offer("route")], required=True)
        assert answer.provider == "second"

    run(stack.redis_url, work)


def test_after_five_failures_a_provider_is_left_alone_until_a_probe_succeeds(stack: Stack) -> None:
    async def work(asked: Asked) -> None:
        asked.first.serve = sends(FAILED)
        for _ in range(8):
            assert (await asked.ask()).provider == "second"
        assert len(asked.first.requests) == 5
        await asked.pause_is_over(asked.providers[0])
        await asked.ask()  # the probe fails
        await asked.ask()
        assert len(asked.first.requests) == 6
        asked.first.serve = sends(*ANSWER)
        await asked.pause_is_over(asked.providers[0])
        assert [(await asked.ask()).provider for _ in range(2)] == ["first", "first"]
        asked.first.serve = sends(FAILED)  # one failure after a success is one
        assert [(await asked.ask()).provider for _ in range(2)] == ["second", "second"]
        assert len(asked.first.requests) == 10

    run(stack.redis_url, work)


def test_one_request_is_the_probe_and_the_others_wait(stack: Stack) -> None:
    async def work(asked: Asked) -> None:
        asked.first.serve = sends(FAILED)
        for _ in range(5):
            await asked.ask()
        await asked.pause_is_over(asked.providers[0])
        of = f"{asked.providers[0].base_url} {asked.providers[0].model}"
        admitted = await asyncio.gather(*(breakers.admit(asked.redis, of) for _ in range(10)))
        assert [one.probe for one in admitted].count(True) == 1
        assert all(one.probe == (one.wait == 0) and one.wait <= breakers.PAUSE for one in admitted)

    run(stack.redis_url, work)


def test_a_refusal_says_that_the_provider_is_there(stack: Stack) -> None:
    async def work(asked: Asked) -> None:
        for raw in [FAILED] * 4 + [REFUSED] + [FAILED] * 4:
            asked.first.serve = sends(raw)
            await asked.ask()
        assert len(asked.first.requests) == 9
        asked.first.serve = sends(*ANSWER)
        assert (await asked.ask()).provider == "first"

    run(stack.redis_url, work)


def test_a_busy_provider_is_left_alone_as_long_as_it_says(stack: Stack) -> None:
    async def work(asked: Asked) -> None:
        asked.first.serve = asked.second.serve = sends(BUSY)
        assert (await asked.fails("provider_busy")).retry_after == 60
        error = await asked.fails("provider_unavailable")
        assert error.retryable
        assert error.retry_after is not None
        assert breakers.PAUSE < error.retry_after <= 60
        assert len(asked.first.requests) == len(asked.second.requests) == 1

    run(stack.redis_url, work)


def test_another_model_of_the_same_server_is_another_provider(stack: Stack) -> None:
    async def work(asked: Asked) -> None:
        asked.first.serve = sends(BUSY)
        await asked.ask()
        asked.first.serve = sends(*ANSWER)
        asked.providers = [asked.first.provider(name="first", model="large-1")]
        assert (await asked.ask()).model == "large-1"

    run(stack.redis_url, work)


def test_without_redis_every_provider_is_asked() -> None:
    with ports.reserved() as away:
        url = f"redis://127.0.0.1:{ports.number(away)}/0"

        async def work(asked: Asked) -> None:
            asked.first.serve = sends(FAILED)
            for _ in range(7):
                assert (await asked.ask()).provider == "second"
            assert len(asked.first.requests) == 7

        run(url, work)


def test_a_cancelled_request_is_no_failure(stack: Stack) -> None:
    async def work(asked: Asked) -> None:
        for _ in range(6):
            began = asyncio.Event()

            async def serve(client: Client, began: asyncio.Event = began) -> None:
                began.set()
                await client.left()

            asked.first.serve = serve
            asking = asyncio.create_task(asked.ask())
            await began.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        asked.first.serve = sends(*ANSWER)
        assert (await asked.ask()).provider == "first"
        assert len(asked.first.requests) == 7
        assert not asked.second.requests

    run(stack.redis_url, work)


def test_after_a_cancelled_probe_the_next_request_is_the_probe(stack: Stack) -> None:
    async def work(asked: Asked) -> None:
        asked.first.serve = sends(FAILED)
        for _ in range(5):
            await asked.ask()
        await asked.pause_is_over(asked.providers[0])
        began = asyncio.Event()

        async def serve(client: Client) -> None:
            began.set()
            await client.left()

        asked.first.serve = serve
        probing = asyncio.create_task(asked.ask())
        await began.wait()
        probing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probing
        asked.first.serve = sends(*ANSWER)
        assert (await asked.ask()).provider == "first"

    run(stack.redis_url, work)
