"""What goes wrong in the copilot's turns has one end for its agent, and leaves nothing behind."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from core import ids
from core.assistant.turn import Replied
from core.commands import DeleteConversation
from core.copilot import intents
from core.copilot.signals import (
    CopilotEnded,
    CopilotFailed,
    CopilotStarted,
    CopilotStopped,
    CopilotToken,
    SocialGenerated,
)
from core.db.copilot import drafts, messages
from tests.integration.worker.assistant_project import Asked, calling, says
from tests.integration.worker.copilot_project import Desk, Working
from tests.integration.worker.test_copilot import answer, ends, run
from tests.stack import Stack
from worker.copilot import ending
from worker.providers.errors import ProviderError

OnText = Callable[[str], Awaitable[None]]
POST = {"segments": ["We moved."], "hashtags": [], "visual": ""}


async def lease_is_over(working: Working, session: bytes) -> None:
    """As after the death of its worker: another one may claim the turn."""
    await working.conn.execute(
        "UPDATE copilot_turns SET lease_until = now() - interval '1 s' "
        "WHERE project_id = $1 AND session_id = $2 AND state = 'running'",
        working.project.project,
        session,
    )


def failing(error: Exception) -> Callable[..., Awaitable[None]]:
    async def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_an_answer_that_cannot_be_stored_is_one_error_and_never_an_end(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Desk(stack)

    async def scenario() -> None:
        async with project.stage(answer) as working:
            session = await working.begin()
            monkeypatch.setattr(messages, "add_answer", failing(RuntimeError("disk full")))
            await working.ask(session, "Where?")
            failed = await working.until_shown(session, CopilotFailed)
            assert (failed.code, failed.retryable) == ("not_saved", True)
            assert ends(working, session) == [CopilotFailed]
            await working.nothing_left(session)
            assert await working.turns(session) == [("failed", "not_saved", "ask", 1)]
            (question,) = await working.messages(session)
            assert question.state == "failed"
            monkeypatch.undo()
            await working.ask(session, "Again?")
            await working.until_shown(session, CopilotEnded)

    run(scenario())


def test_posts_that_cannot_be_stored_are_one_error_too(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Desk(stack)

    async def posts(_asked: Asked, _on_text: OnText) -> Replied:
        return calling("write_posts", posts={"x": POST})

    async def scenario() -> None:
        async with project.stage(posts) as working:
            session = await working.begin()
            monkeypatch.setattr(drafts, "add", failing(RuntimeError("disk full")))
            await working.ask(session, "Posts", "social_create")
            failed = await working.until_shown(session, CopilotFailed)
            assert failed.code == "not_saved"
            await working.nothing_left(session)
            assert ends(working, session) == [CopilotFailed]

    run(scenario())


@pytest.mark.parametrize("intent", ["ask", "social_create"])
def test_while_postgres_is_away_at_the_end_there_is_one_error_whoever_goes_on(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, intent: str
) -> None:
    project = Desk(stack)

    async def either(asked: Asked, on_text: OnText) -> Replied:
        return calling("write_posts", posts={"x": POST}) if asked.required else await answer(asked, on_text)

    async def scenario() -> None:
        async with project.stage(either) as working:
            session = await working.begin()
            monkeypatch.setattr(ending, "end", failing(OSError("connection lost")))
            await working.ask(session, "Where?", intent)
            await working.until_shown(session, CopilotFailed)
            await working.let_go()  # after the agent has heard of it, it tries to store that
            monkeypatch.undo()
            assert (await working.turns(session))[0][0] == "running"
            await lease_is_over(working, session)
            await working.nothing_left(session)
            assert await working.turns(session) == [("failed", "node_lost", intent, 2)]
            assert ends(working, session) == [CopilotFailed]

    run(scenario())


def test_another_worker_begins_a_turn_again_of_which_nothing_was_shown(stack: Stack) -> None:
    project = Desk(stack)
    asked = 0

    async def silent_at_first(question: Asked, on_text: OnText) -> Replied:
        nonlocal asked
        asked += 1
        if asked == 1:
            await asyncio.sleep(3600)
        return await says(on_text, "Here ", "it is.")

    async def scenario() -> None:
        async with project.stage(silent_at_first) as working:
            session = await working.begin()
            await working.ask(session, "Where?")
            await working.until_shown(session, CopilotStarted)
            await lease_is_over(working, session)
            await working.until_shown(session, CopilotEnded)
            assert ends(working, session) == [CopilotEnded]
            await working.nothing_left(session)
            assert working.model.cancelled == 1
            assert await working.turns(session) == [("completed", "", "ask", 2)]

    run(scenario())


def test_what_a_lost_worker_has_shown_is_kept_and_the_turn_has_failed(stack: Stack) -> None:
    project = Desk(stack)

    async def endless(_asked: Asked, on_text: OnText) -> Replied:
        await on_text("It is ")
        await asyncio.sleep(3600)
        raise AssertionError

    async def scenario() -> None:
        async with project.stage(endless) as working:
            session = await working.begin()
            await working.ask(session, "Where?")
            await working.until_shown(session, CopilotToken)
            await lease_is_over(working, session)
            failed = await working.until_shown(session, CopilotFailed)
            assert (failed.code, failed.retryable) == ("node_lost", True)
            assert ends(working, session) == [CopilotFailed]
            await working.nothing_left(session)
            _, kept = await working.messages(session)
            assert (kept.state, kept.text) == ("failed", "It is")

    run(scenario())


@pytest.mark.alone
def test_a_stop_reaches_whichever_worker_has_the_turn(stack: Stack) -> None:
    project = Desk(stack)

    async def endless(_asked: Asked, on_text: OnText) -> Replied:
        await on_text("It is ")
        await asyncio.sleep(3600)
        raise AssertionError

    async def scenario() -> None:
        async with project.stage(endless) as working, working.another_worker(working.model):
            sessions = [await working.begin() for _ in range(6)]
            for session in sessions:
                await working.ask(session, "Where?")
            for session in sessions:
                token = await working.until_shown(session, CopilotToken)
                began = asyncio.get_running_loop().time()
                await working.stop(session, token.turn)
                await working.until_shown(session, CopilotStopped)
                assert asyncio.get_running_loop().time() - began < 0.25
                assert ends(working, session) == [CopilotStopped]

    run(scenario())


def test_a_session_that_is_deleted_ends_its_turn_without_a_word(stack: Stack) -> None:
    project = Desk(stack)

    async def endless(_asked: Asked, on_text: OnText) -> Replied:
        await on_text("It is ")
        await asyncio.sleep(3600)
        raise AssertionError

    async def scenario() -> None:
        async with project.stage(endless) as working:
            session = await working.begin()
            await working.ask(session, "Where?")
            await working.until_shown(session, CopilotToken)
            await working.conn.execute("DELETE FROM copilot_sessions WHERE id = $1", session)
            await working.nothing_left(session)
            assert working.model.cancelled == 1
            assert ends(working, session) == []

    run(scenario())


def test_a_question_about_a_conversation_that_was_deleted_fails_with_its_code(stack: Stack) -> None:
    project = Desk(stack)
    conversation = project.conversation()

    async def scenario() -> None:
        async with project.stage(answer) as working:
            session = await working.begin(conversation)
            await working.apply(
                DeleteConversation(project.project, project.agent, conversation, ids.now(), "Ann")
            )
            await working.ask(session, "Where?")
            failed = await working.until_shown(session, CopilotFailed)
            assert (failed.code, failed.retryable) == ("base_gone", False)
            await working.nothing_left(session)
            assert working.model.asked == []

    run(scenario())


async def late(_asked: Asked, _on_text: OnText) -> Replied:
    await asyncio.sleep(3600)
    raise AssertionError


async def broken(_asked: Asked, _on_text: OnText) -> Replied:
    raise ProviderError("provider_unavailable")


async def garbage(_asked: Asked, _on_text: OnText) -> Replied:
    return Replied("I think it is a tweet!", tokens=3)


async def nonsense(_asked: Asked, _on_text: OnText) -> Replied:
    return calling("intent", intent="tweet", more=[1])


@pytest.mark.parametrize("classifier", [late, broken, garbage, nonsense])
def test_a_classifier_that_is_late_fails_or_says_nonsense_means_a_question(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, classifier: Callable[..., Awaitable[Replied]]
) -> None:
    project = Desk(stack)
    monkeypatch.setattr(intents, "TIMEOUT", 0.2)

    async def model(asked: Asked, on_text: OnText) -> Replied:
        return await (classifier if asked.names == ["intent"] else answer)(asked, on_text)

    async def scenario() -> None:
        async with project.stage(model) as working:
            session = await working.begin()
            await working.ask(session, "Hmm", "")
            await working.until_shown(session, CopilotEnded)
            assert (await working.until_shown(session, CopilotStarted)).intent == "ask"
            await working.nothing_left(session)
            assert ends(working, session) == [CopilotEnded]

    run(scenario())


def test_the_model_decides_once_what_rules_leave_open(stack: Stack) -> None:
    project = Desk(stack)

    async def model(asked: Asked, on_text: OnText) -> Replied:
        if asked.names == ["intent"]:
            return calling("intent", intent="clarify")
        return await says(on_text, "What would you like?")

    async def scenario() -> None:
        async with project.stage(model) as working:
            session = await working.begin()
            await working.ask(session, "Hmm", "")
            await working.until_shown(session, CopilotEnded)
            assert (await working.until_shown(session, CopilotStarted)).intent == "clarify"
            assert len([one for one in working.model.asked if one.names == ["intent"]]) == 1
            assert not [one for one in working.of(session) if isinstance(one, SocialGenerated)]

    run(scenario())
