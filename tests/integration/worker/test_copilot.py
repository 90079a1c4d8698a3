"""The copilot's turns: one end for each, what a session keeps, and what is left when something goes wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from core import ids
from core.assistant.turn import Replied
from core.copilot.signals import (
    CopilotEnded,
    CopilotFailed,
    CopilotStarted,
    CopilotStopped,
    CopilotToken,
    SocialGenerated,
)
from core.errors import Refusal
from core.events import CopilotAsked, CopilotRefused
from core.ids import UserId
from tests.integration.worker.assistant_project import Asked, calling, says, unavailable
from tests.integration.worker.copilot_project import Desk, Working
from tests.stack import Stack

OnText = Callable[[str], Awaitable[None]]
ENDS = CopilotEnded | SocialGenerated | CopilotStopped | CopilotFailed


def run(scenario: Awaitable[None]) -> None:
    async def within() -> None:
        await scenario

    asyncio.run(within())


async def answer(_asked: Asked, on_text: OnText) -> Replied:
    return await says(on_text, "The order ", "is on ", "its way.")


def ends(working: Working, session: bytes) -> list[type]:
    return [type(one) for one in working.of(session) if isinstance(one, ENDS)]


def test_a_question_is_answered_in_the_stream_and_in_the_session(stack: Stack) -> None:
    project = Desk(stack)
    conversation = project.conversation()

    async def scenario() -> None:
        async with project.stage(answer) as working:
            session = await working.begin(conversation)
            asked = await working.ask(session, "Where is the order?")
            assert (asked.number, asked.waiting) == (1, False)
            ended = await working.until_shown(session, CopilotEnded)
            started = await working.until_shown(session, CopilotStarted)
            assert (started.number, started.intent, started.user) == (1, "ask", project.agent)
            question, made = await working.messages(session)
            assert (question.role, question.state, question.text) == ("agent", "done", "Where is the order?")
            assert (made.role, made.state, made.text) == ("copilot", "done", "The order is on its way.")
            assert (made.id, made.number) == (ended.message, ended.number) == (made.id, 2)
            assert working.text(session) == made.text
            assert ends(working, session) == [CopilotEnded]
            await working.nothing_left(session)
            assert await working.turns(session) == [("completed", "", "ask", 1)]

    run(scenario())


def test_two_fast_questions_are_answered_one_after_the_other(stack: Stack) -> None:
    project = Desk(stack)

    async def scenario() -> None:
        async with project.stage(answer) as working:
            session = await working.begin()
            first, second = await working.apply(
                working.question(session, "one"), working.question(session, "two")
            )
            assert (first.number, first.waiting, second.number, second.waiting) == (1, False, 2, True)
            await working.until_shown(session, CopilotEnded, count=2)
            found = await working.messages(session)
            assert [(one.number, one.role, one.state) for one in found] == [
                (1, "agent", "done"),
                (2, "agent", "done"),
                (3, "copilot", "done"),
                (4, "copilot", "done"),
            ]
            numbers = [one.number for one in working.of(session) if isinstance(one, CopilotStarted)]
            assert numbers == [1, 2]
            assert ends(working, session) == [CopilotEnded, CopilotEnded]

    run(scenario())


def test_a_repeated_ref_asks_once_and_another_question_under_it_is_refused(stack: Stack) -> None:
    project = Desk(stack)

    async def scenario() -> None:
        async with project.stage(answer) as working:
            session = await working.begin()
            given: dict[str, Any] = {"into": "vi", "tone": "formal", "about": ids.make(), "draft": None}
            question = working.question(session, "one", "translate", **given)
            first, again = await working.apply(question, question)
            assert isinstance(first, CopilotAsked)
            assert [first, first] == [again, *await working.apply(question)]
            for change in (
                {"text": "other"},
                {"intent": "rewrite"},
                {"into": "en"},
                {"tone": "playful"},
                {"about": ids.make()},
                {"draft": ids.make()},
            ):
                (refused,) = await working.apply(msgspec.structs.replace(question, **change))
                assert isinstance(refused, CopilotRefused), change
                assert refused.reason == Refusal.CONFLICT
            await working.until_shown(session, CopilotEnded)
            assert len(await working.messages(session)) == 2

    run(scenario())


def test_only_its_own_agent_may_ask_in_a_session(stack: Stack) -> None:
    project = Desk(stack)

    async def scenario() -> None:
        async with project.stage(answer) as working:
            session = await working.begin()
            mine = working.question(session, "mine", user=UserId(project.ben))
            unknown = working.question(ids.make(), "none")
            for refused in await working.apply(mine, unknown):
                assert isinstance(refused, CopilotRefused)
                assert refused.reason == Refusal.NOT_FOUND
            assert await working.messages(session) == []

    run(scenario())


def test_questions_that_wait_are_bounded(stack: Stack) -> None:
    project = Desk(stack)

    async def scenario() -> None:
        async with project.stage(answer) as working:
            session = await working.begin()
            results = await working.apply(*(working.question(session, str(n)) for n in range(23)))
            assert [type(one) for one in results] == [CopilotAsked] * 21 + [CopilotRefused] * 2
            assert {one.reason for one in results[21:]} == {Refusal.TOO_MANY}

    run(scenario())


@pytest.mark.alone
def test_a_stop_ends_the_turn_within_a_quarter_of_a_second_and_keeps_what_was_said(stack: Stack) -> None:
    project = Desk(stack)

    async def endless(_asked: Asked, on_text: OnText) -> Replied:
        await on_text("It is ")
        await asyncio.sleep(3600)
        raise AssertionError

    async def scenario() -> None:
        async with project.stage(endless) as working:
            session = await working.begin()
            await working.ask(session, "Where?")
            token = await working.until_shown(session, CopilotToken)
            began = asyncio.get_running_loop().time()
            await working.stop(session, token.turn)
            stopped = await working.until_shown(session, CopilotStopped)
            assert asyncio.get_running_loop().time() - began < 0.25
            assert working.model.cancelled == 1
            _, kept = await working.messages(session)
            assert (kept.state, kept.text) == ("stopped", "It is")
            assert (stopped.message, stopped.number) == (kept.id, kept.number)
            assert ends(working, session) == [CopilotStopped]
            await working.nothing_left(session)
            assert await working.turns(session) == [("stopped", "stopped", "ask", 1)]

    run(scenario())


def test_a_stop_before_the_first_word_keeps_nothing(stack: Stack) -> None:
    project = Desk(stack)

    async def silent(_asked: Asked, _on_text: OnText) -> Replied:
        await asyncio.sleep(3600)
        raise AssertionError

    async def scenario() -> None:
        async with project.stage(silent) as working:
            session = await working.begin()
            await working.ask(session, "Where?")
            started = await working.until_shown(session, CopilotStarted)
            await working.stop(session, started.turn)
            stopped = await working.until_shown(session, CopilotStopped)
            assert (stopped.message, stopped.number) == (None, 0)
            (question,) = await working.messages(session)
            assert question.state == "stopped"
            await working.nothing_left(session)

    run(scenario())


def test_a_stop_after_the_end_changes_nothing(stack: Stack) -> None:
    project = Desk(stack)

    async def scenario() -> None:
        async with project.stage(answer) as working:
            session = await working.begin()
            await working.ask(session, "Where?")
            ended = await working.until_shown(session, CopilotEnded)
            await working.stop(session, ended.turn)
            await working.ask(session, "And now?")
            await working.until_shown(session, CopilotEnded, count=2)
            assert ends(working, session) == [CopilotEnded, CopilotEnded]
            assert [one.state for one in await working.messages(session)] == ["done"] * 4

    run(scenario())


def test_a_provider_that_fails_is_one_failed_end_and_leaves_nothing(stack: Stack) -> None:
    project = Desk(stack)

    async def scenario() -> None:
        async with project.stage(unavailable) as working:
            session = await working.begin()
            await working.ask(session, "Where?")
            failed = await working.until_shown(session, CopilotFailed)
            assert (failed.code, failed.retryable) == ("provider_unavailable", True)
            assert ends(working, session) == [CopilotFailed]
            (question,) = await working.messages(session)
            assert question.state == "failed"
            await working.nothing_left(session)
            assert await working.turns(session) == [("failed", "provider_unavailable", "ask", 1)]

    run(scenario())


def test_posts_end_as_social_generated_and_make_a_draft(stack: Stack) -> None:
    project = Desk(stack)

    async def posts(asked: Asked, _on_text: OnText) -> Replied:
        assert asked.names == ["write_posts"]
        post = {"segments": ["We moved."], "hashtags": ["#moved"], "visual": "A door"}
        return calling("write_posts", posts={"x": post, "linkedin": post})

    async def scenario() -> None:
        async with project.stage(posts) as working:
            session = await working.begin()
            await working.ask(session, "Posts about our new office", "social_create")
            made = await working.until_shown(session, SocialGenerated)
            assert ends(working, session) == [SocialGenerated]
            draft = await working.draft(made.draft)
            assert (draft.state, draft.version, draft.session) == ("draft", 1, session)
            assert draft.social == made.social
            assert set(draft.social["posts"]) == {"x", "linkedin"}
            assert draft.social["posts"]["x"]["visual"] == "A door"
            assert draft.social["warnings"] == []
            _, told = await working.messages(session)
            assert (told.id, told.number, told.draft) == (made.message, made.number, made.draft)

    run(scenario())
