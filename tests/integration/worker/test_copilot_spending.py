"""Requests without an answer count against the project's tokens of the day: the provider has worked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core import ids
from core.assistant.turn import Replied
from core.copilot import intents
from core.copilot.signals import CopilotEnded, CopilotFailed, CopilotStopped, CopilotToken
from core.days import day_began
from core.db.assistant import daily_tokens
from tests.integration.worker.assistant_project import Asked, says
from tests.integration.worker.copilot_project import Desk, Working
from tests.integration.worker.test_copilot import run
from tests.stack import Stack
from worker.copilot import asking
from worker.providers.errors import ProviderError

OnText = Callable[[str], Awaitable[None]]
QUESTION = "word " * 600  # 1,000 tokens by the estimate, which is of bytes
SAID = "said " * 300  # 500


async def endless(_asked: Asked, on_text: OnText) -> Replied:
    await on_text(SAID)
    await asyncio.sleep(3600)
    raise AssertionError


async def breaking(_asked: Asked, on_text: OnText) -> Replied:
    await on_text(SAID)
    raise ProviderError("provider_unavailable")


async def assert_counted(working: Working) -> None:
    project = working.project.project
    (row,) = await working.conn.fetch(
        "SELECT prompt_tokens, answer_tokens, estimated FROM copilot_turns WHERE project_id = $1", project
    )
    prompt, answer, estimated = row
    assert 1_000 <= prompt < 3_000
    assert answer == 500
    assert estimated
    spent = await daily_tokens.spent(working.conn, project, "copilot", day=day_began(ids.now()))
    assert spent == prompt + answer


def test_a_stopped_request_counts(stack: Stack) -> None:
    project = Desk(stack)

    async def scenario() -> None:
        async with project.stage(endless) as working:
            session = await working.begin()
            await working.ask(session, QUESTION)
            token = await working.until_shown(session, CopilotToken)
            await working.stop(session, token.turn)
            await working.until_shown(session, CopilotStopped)
            await assert_counted(working)

    run(scenario())


def test_a_request_that_fails_counts(stack: Stack) -> None:
    project = Desk(stack)

    async def scenario() -> None:
        async with project.stage(breaking) as working:
            session = await working.begin()
            await working.ask(session, QUESTION)
            await working.until_shown(session, CopilotFailed)
            await assert_counted(working)

    run(scenario())


def test_a_request_that_is_late_counts(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Desk(stack)
    monkeypatch.setattr(asking, "MAX_SECONDS", 0.5)

    async def scenario() -> None:
        async with project.stage(endless) as working:
            session = await working.begin()
            await working.ask(session, QUESTION)
            failed = await working.until_shown(session, CopilotFailed)
            assert failed.code == asking.TOO_LONG
            await assert_counted(working)

    run(scenario())


def test_a_late_choice_of_the_intent_counts_and_the_answer_says_whose_it_is(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Desk(stack)
    monkeypatch.setattr(intents, "TIMEOUT", 0.1)

    async def model(asked: Asked, on_text: OnText) -> Replied:
        if asked.names == ["intent"]:
            await asyncio.sleep(3600)
        return await says(on_text, "Yes.")

    async def scenario() -> None:
        async with project.stage(model) as working:
            session = await working.begin()
            await working.ask(session, "Hmm", "")
            await working.until_shown(session, CopilotEnded)
            (row,) = await working.conn.fetch(
                "SELECT prompt_tokens, provider, model, estimated FROM copilot_turns WHERE project_id = $1",
                project.project,
            )
            assert row["prompt_tokens"] > 200  # the answer's are 100
            assert (row["provider"], row["model"], row["estimated"]) == ("test", "model", True)

    run(scenario())


def test_a_summary_that_fails_counts(stack: Stack) -> None:
    project = Desk(stack)

    async def model(asked: Asked, on_text: OnText) -> Replied:
        if "Summarise the conversation" in str(asked.messages[0]["content"]):
            raise ProviderError("provider_unavailable")
        return await says(on_text, "Yes.")

    async def scenario() -> None:
        async with project.stage(model) as working:
            session = await working.begin()
            for number in range(1, 21):
                await working.ask(session, f"q{number}")
                await working.until_shown(session, CopilotEnded, count=number)

            async def counted() -> Any:
                return await working.conn.fetchval(
                    "SELECT true FROM copilot_turns WHERE project_id = $1 AND estimated "
                    "AND prompt_tokens > 100 AND provider = 'test' LIMIT 1",
                    project.project,
                )

            assert await working.until(counted)

    run(scenario())
