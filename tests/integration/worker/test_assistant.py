"""The assistant's turns: what begins one, what it does, and who may interrupt it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core import ids
from core.assistant.graph import Action, Condition, Handoff, Model, Start, Workflow
from core.assistant.turn import Replied
from core.bus import turns as turns_bus
from core.commands import ChangeOwner
from core.model import Author
from tests.integration.core.core_fixture import new_visitor
from tests.integration.worker.assistant_project import Asked, Assisted, Working, calling, says, unavailable
from tests.stack import Stack
from worker.assistant import ending

OnText = Callable[[str], Awaitable[None]]

WORKFLOW = Workflow(
    nodes=(
        Start(id="start", next="mail"),
        Condition(id="mail", question="Has the visitor given an email address?", yes="note", no="person"),
        Action(
            id="note",
            tool="add_visitor_note",
            arguments={"content": "Wrote: {{message}}"},
            next="thanks",
        ),
        Model(id="thanks", prompt="Thank the visitor."),
        Condition(id="person", question="Does the visitor ask for a person?", yes="over", no="answer"),
        Handoff(id="over", reason="The visitor asks for a person."),
        Model(id="answer", prompt="Answer."),
    )
)


async def scripted(asked: Asked, on_text: OnText) -> Replied:
    """A model that follows the workflow above."""
    if "Summarise" in str(asked.messages[0]["content"]):
        return Replied("The visitor wants help.", tokens=4)
    if asked.names == ["route"]:
        question = str(asked.messages[0]["content"])
        word = "@" if "email" in question else "person"
        return calling("route", path="yes" if word in asked.last else "no")
    return await says(on_text, "Thank ", "you, ", "noted.")


def run(scenario: Awaitable[None]) -> None:
    async def within() -> None:
        await scenario

    asyncio.run(within())


def test_a_workflow_is_executed_in_one_turn_and_answers(stack: Stack) -> None:
    project = Assisted(stack, WORKFLOW)

    async def scenario() -> None:
        async with project.stage(scripted) as working:
            posted = await working.write("My email is test@gmail.com")
            (turn,) = await working.until_over(posted.conversation)
            assert (turn["state"], turn["error"], turn["message_seq"]) == ("completed", "", 2)
            assert await working.messages(posted.conversation) == [
                ("visitor", "My email is test@gmail.com"),
                ("assistant", "Thank you, noted."),
            ]
            notes = await working.conn.fetch(
                "SELECT text FROM visitor_notes WHERE project_id = $1", project.project
            )
            assert [row[0] for row in notes] == ["Wrote: My email is test@gmail.com"]
            assert await working.owner(posted.conversation) == ("assistant", "began")
            steps = await working.conn.fetch(
                "SELECT node, kind, outcome FROM assistant_steps WHERE project_id = $1 ORDER BY number",
                project.project,
            )
            assert [tuple(row) for row in steps] == [
                ("mail", "ask", "route: yes"),
                ("note", "run", "add_visitor_note"),
                ("thanks", "ask", "speak: text"),
                ("thanks", "say", "completed"),
            ]

    run(scenario())


def test_a_condition_sends_the_message_alone_and_an_answer_sends_the_conversation(stack: Stack) -> None:
    project = Assisted(stack, WORKFLOW)

    async def scenario() -> None:
        visitor = new_visitor()
        async with project.stage(scripted) as working:
            first = await working.write("an earlier secret", visitor)
            await working.until_over(first.conversation)
            await working.apply(project.reply(first.conversation, "an internal remark", note=True))
            working.model.asked.clear()
            await working.write("is it open today?", visitor)
            await working.until_over(first.conversation, 2)
            *routing, answer = working.model.asked
            for asked in routing:
                assert asked.required and asked.names == ["route"]
                assert [one["content"] for one in asked.messages if one["role"] == "user"] == [
                    "is it open today?"
                ]
                assert "secret" not in str(asked.messages)
            sent = str(answer.messages)
            assert "an earlier secret" in sent and "Thank you, noted." in sent
            assert "internal remark" not in sent

    run(scenario())


def test_it_hands_over_and_is_silent_until_it_is_given_back(stack: Stack) -> None:
    project = Assisted(stack, WORKFLOW)

    async def scenario() -> None:
        visitor = new_visitor()
        async with project.stage(scripted) as working:
            posted = await working.write("I want a person", visitor)
            talk = posted.conversation
            await working.until_over(talk)
            assert await working.owner(talk) == ("person", "handed_over")

            async def brief() -> bool | None:
                kept = await working.conn.fetchrow(
                    "SELECT handoff_reason, brief FROM assistant_conversations WHERE project_id = $1",
                    project.project,
                )
                assert kept[0] == "The visitor asks for a person."
                assert kept[1] in {"“I want a person”", "The visitor wants help."}
                return True if kept[1] == "The visitor wants help." else None

            await working.until(brief)
            await working.write("hello?", visitor)
            await _admitted(working)
            assert len(await working.turns(talk)) == 1
            await working.apply(_owner(project, talk, "assistant", "released"))
            await working.write("and now?", visitor)
            await working.until_over(talk, 2)
            assert (await working.messages(talk))[-1] == ("assistant", "Thank you, noted.")

    run(scenario())


@pytest.mark.parametrize("how", ["reply", "take over", "assign", "decline"])
def test_a_person_ends_the_turn_and_nothing_of_it_is_said(stack: Stack, how: str) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        begun = asyncio.Event()

        async def slow(_asked: Asked, on_text: OnText) -> Replied:
            await on_text("I am ")
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

        async with project.stage(slow) as working:
            posted = await working.write("hello")
            talk = posted.conversation
            await begun.wait()
            commands: dict[str, Any] = {
                "reply": project.reply(talk, "let me help"),
                "take over": _owner(project, talk, "person", "taken_over"),
                "assign": project.assigning(talk, project.ben),
                "decline": ChangeOwner(
                    project.project, Author("visitor", posted.visitor), talk, "person", "declined", ids.now()
                ),
            }
            await working.apply(commands[how])
            await turns_bus.call(working.redis, project.project, talk)
            (turn,) = await working.until_over(talk)
            by = "visitor" if how == "decline" else "agent"
            assert (turn["state"], turn["stopped_by"], turn["message_seq"]) == ("interrupted", by, None)
            assert working.model.cancelled == 1
            assert [party for party, _ in await working.messages(talk)].count("assistant") == 0

            async def told() -> bool | None:
                snapshot = await turns_bus.snapshot(working.redis, project.project, talk)
                return True if snapshot is not None and snapshot.over else None

            await working.until(told)

    run(scenario())


@pytest.mark.parametrize("party", ["visitor", "agent"])
def test_a_stopped_turn_keeps_what_it_has_said(stack: Stack, party: str) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        begun = asyncio.Event()

        async def slow(_asked: Asked, on_text: OnText) -> Replied:
            await on_text("First part.")
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

        async with project.stage(slow) as working:
            posted = await working.write("hello")
            talk = posted.conversation
            await begun.wait()
            snapshot = await turns_bus.snapshot(working.redis, project.project, talk)
            assert snapshot is not None and snapshot.text == "First part." and not snapshot.over
            await turns_bus.ask_to_stop(working.redis, project.project, talk, turn=snapshot.turn, party=party)
            (turn,) = await working.until_over(talk)
            assert (turn["state"], turn["error"], turn["stopped_by"]) == ("interrupted", "stopped", party)
            assert turn["estimated"] and turn["prompt_tokens"] > 100 and turn["answer_tokens"] == 4
            row = await working.conn.fetchrow(
                "SELECT body, content FROM messages WHERE project_id = $1 AND sender_party = 'assistant'",
                project.project,
            )
            assert row["body"] == "First part."
            assert row["content"]["stopped"] is True
            assert await working.owner(talk) == ("assistant", "began")

    run(scenario())


def test_messages_before_the_first_token_restart_the_turn_and_later_ones_wait(stack: Stack) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        visitor, second, third = new_visitor(), asyncio.Event(), asyncio.Event()

        async def play(asked: Asked, on_text: OnText) -> Replied:
            if "two" not in asked.last:
                await asyncio.Event().wait()
            if asked.last == "two":
                await on_text("Answer ")
                second.set()
                await third.wait()
            return await says(on_text, "Answer ", "to ", asked.last)

        async with project.stage(play) as working:
            posted = await working.write("one", visitor)
            talk = posted.conversation

            async def asked() -> bool | None:
                return True if working.model.asked else None

            await working.until(asked)
            await working.write("two", visitor)
            await second.wait()
            await working.write("three: two more", visitor)
            await _admitted(working)
            third.set()
            turns = await working.until_over(talk, 2)
            assert [(one["state"], one["restarts"]) for one in turns] == [("completed", 1), ("completed", 0)]
            assert await working.messages(talk) == [
                ("visitor", "one"),
                ("visitor", "two"),
                ("visitor", "three: two more"),
                ("assistant", "Answer to two"),
                ("assistant", "Answer to three: two more"),
            ]
            assert [one["content"] for one in working.model.asked[1].messages if one["role"] == "user"] == [
                "one",
                "two",
            ]

    run(scenario())


def test_a_failure_gives_the_fallback_and_a_code(stack: Stack) -> None:
    project = Assisted(stack, fallback="Please wait for a person.")

    async def scenario() -> None:
        async with project.stage(unavailable) as working:
            posted = await working.write("hello")
            (turn,) = await working.until_over(posted.conversation)
            assert (turn["state"], turn["error"]) == ("failed", "provider_unavailable")
            assert (await working.messages(posted.conversation))[-1] == (
                "assistant",
                "Please wait for a person.",
            )

    run(scenario())


def test_a_fault_of_ours_gives_the_fallback_at_once(stack: Stack) -> None:
    project = Assisted(stack, fallback="Please wait for a person.")

    async def broken(_asked: Asked, _on_text: OnText) -> Replied:
        raise KeyError("a fault of ours")

    async def scenario() -> None:
        async with project.stage(broken) as working:
            posted = await working.write("hello")
            (turn,) = await working.until_over(posted.conversation)
            assert (turn["state"], turn["error"], turn["attempt"]) == ("failed", "internal", 1)
            assert (await working.messages(posted.conversation))[-1][1] == "Please wait for a person."

    run(scenario())


def test_an_error_of_postgres_at_the_end_costs_nothing_of_the_answer(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Assisted(stack)
    failures = iter((ConnectionResetError, TimeoutError))
    end = ending.end

    async def fails(*args: Any, **options: Any) -> Any:
        for error in failures:
            raise error
        return await end(*args, **options)

    monkeypatch.setattr(ending, "end", fails)

    async def scenario() -> None:
        async with project.stage(scripted) as working:
            posted = await working.write("hello")
            (turn,) = await working.until_over(posted.conversation)
            assert (turn["state"], turn["error"], turn["attempt"]) == ("completed", "", 1)
            assert (await working.messages(posted.conversation))[-1][1] == "Thank you, noted."

    run(scenario())


def test_it_is_silent_where_a_person_has_answered_and_where_it_is_off(stack: Stack) -> None:
    project = Assisted(stack)

    visitor = new_visitor()
    (posted,) = project.apply(project.post(visitor, "before it was on"))
    project.apply(project.reply(posted.conversation, "a person answers"))

    async def scenario() -> None:
        async with project.stage(scripted) as working:
            await working.write("one more", visitor)
            await _admitted(working)
            assert await working.turns(posted.conversation) == []
            assert await working.owner(posted.conversation) == ("person", "replied")
            await working.conn.execute(
                "UPDATE assistants SET enabled = false WHERE project_id = $1", project.project
            )
            other = await working.write("hello")
            await _admitted(working)
            assert await working.turns(other.conversation) == []

    run(scenario())


def test_a_visitor_who_comes_back_after_it_was_solved_gets_the_assistant_again(stack: Stack) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        visitor = new_visitor()
        async with project.stage(scripted) as working:
            posted = await working.write("hello", visitor)
            talk = posted.conversation
            await working.until_over(talk)
            await working.apply(project.reply(talk, "a person answers"))
            await working.write("thanks", visitor)
            await _admitted(working)
            assert len(await working.turns(talk)) == 1
            await working.apply(project.status(talk, "solved"))
            await working.write("another question", visitor)
            await working.until_over(talk, 2)
            assert await working.owner(talk) == ("assistant", "reopened")

    run(scenario())


def _owner(project: Assisted, talk: Any, owner: Any, reason: Any) -> ChangeOwner:
    author = Author("agent", project.agent, "Ann")
    return ChangeOwner(project.project, author, talk, owner, reason, ids.now())


async def _admitted(working: Working) -> None:
    """Until no event waits for the assistant."""

    async def look() -> bool | None:
        left = await working.conn.fetchval(
            "SELECT count(*) FROM consumer_events WHERE project_id = $1", working.project.project
        )
        return True if left == 0 else None

    await working.until(look)
