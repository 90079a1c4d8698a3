"""A turn of the sample workflow over a real socket: engine, context, failover, client, scripted server."""

import asyncio
from typing import Any

from core.assistant import context, engine, samples
from core.assistant.context import Conversation
from core.assistant.turn import MAX_TOKENS, Ask, Position, Ran, Run, Said, Say, Turn
from core.bus import connection
from core.config import ai_providers
from tests.patience import PATIENCE
from tests.scripted import ai, scripted
from tests.stack import Stack
from worker.providers.client import ProviderClient
from worker.providers.failover import Providers

MESSAGE = "Please write to lan@example.com about my order"


async def turn(providers: Providers) -> tuple[Turn, list[Run], str, str]:
    """The turn, the tools that ran, the stored message, and what was streamed of it."""
    runs: list[Run] = []
    streamed: list[str] = []
    stored = ""

    async def on_text(text: str) -> None:
        streamed.append(text)

    made = engine.begin(samples.SMALL, Position(1, samples.SMALL.start), [MESSAGE], facts={})
    while not made.over:
        received: Any
        match made.effect:
            case Ask() as ask:
                messages = context.messages(ask, Conversation(prompt=samples.PROMPT, answered=(MESSAGE,)))
                answer = await providers.ask(messages, ask.tools, ask.required, MAX_TOKENS, on_text)
                assert answer.provider == "scripted"
                received = answer.reply
            case Run() as run:
                runs.append(run)
                received = Ran(ok=True, words="The note was added.")
            case Say(text):
                stored, received = text, Said()
            case _:
                raise AssertionError
        made = engine.proceed(samples.SMALL, made, received, elapsed=1)
    return made, runs, stored, "".join(streamed)


def test_the_sample_runs_over_the_wire_also_beside_a_provider_that_fails(stack: Stack) -> None:
    async def whole(url: str) -> None:
        providers = ai_providers.read(ai(url, "broken", "scripted"))
        async with (
            asyncio.timeout(PATIENCE),
            connection.client(stack.redis_url) as redis,
            ProviderClient() as client,
        ):
            _, runs, stored, streamed = await turn(Providers(providers, redis, client))
        assert [run.tool for run in runs] == ["add_visitor_note"]
        assert "lan@example.com" in runs[0].arguments["content"]
        assert stored == streamed
        assert "lan@example.com" in stored

    with scripted("--delay", "0") as url:
        asyncio.run(whole(url))
