"""What the assistant keeps of a conversation: its summary, and nothing that was redacted."""

import asyncio
import re
from functools import partial
from typing import Any

from core import ids
from core.assistant.turn import Replied
from core.commands import RedactMessage
from core.model import Author, Editor
from tests.integration.core.core_fixture import new_visitor
from tests.integration.worker.assistant_project import Asked, Assisted, Working, says
from tests.integration.worker.test_assistant import WORKFLOW, OnText, run, scripted
from tests.stack import Stack


def test_summary_and_window_have_every_message_of_a_long_chat(stack: Stack) -> None:
    project = Assisted(stack)
    summed: list[str] = []

    async def play(asked: Asked, on_text: OnText) -> Replied:
        if "Summarise" in str(asked.messages[0]["content"]):
            summed.append(asked.last)
            return Replied("Said: " + " ".join(re.findall(r"word\d+", asked.last)), tokens=9)
        return await says(on_text, f"answer to {asked.last}")

    async def scenario() -> None:
        visitor = new_visitor()
        async with project.stage(play) as working:
            for number in range(30):
                posted = await working.write(f"word{number}", visitor)
                await working.until_over(posted.conversation, number + 1)
                await working.until(partial(_summarised, working, posted.conversation))
            *_, answer = [one for one in working.model.asked if one.offers]
            sent = str(answer.messages)
            missing = [number for number in range(30) if f"word{number}" not in sent + " ".join(summed)]
            assert missing == []
            before = [one for one in answer.messages if one["role"] in {"user", "assistant"}][:-1]
            assert len(before) == 10
            kept = await working.conn.fetchrow(
                "SELECT summary_seq FROM assistant_conversations WHERE project_id = $1",
                project.project,
            )
            assert "Said: word0" in sent and kept["summary_seq"] >= 60 - 12
            assert len(summed) <= 12, "one for every fifth message"

    run(scenario())


async def _summarised(working: Working, talk: Any) -> bool | None:
    """Until summary and window have every message."""
    row = await working.conn.fetchrow(
        "SELECT c.last_seq, coalesce(a.summary_seq, 0) FROM conversations c "
        "LEFT JOIN assistant_conversations a ON a.project_id = c.project_id AND a.conversation_id = c.id "
        "WHERE c.project_id = $1 AND c.id = $2",
        working.project.project,
        talk,
    )
    return True if row[1] >= row[0] - 10 else None


def test_a_redacted_message_is_in_no_step_and_no_summary(stack: Stack) -> None:
    project = Assisted(stack, WORKFLOW)

    async def scenario() -> None:
        async with project.stage(scripted) as working:
            posted = await working.write("My card is 4111 1111, I want a person")
            await working.until_over(posted.conversation)
            assert "4111" in await _kept(working)
            editor = Editor(Author("agent", project.agent, "Ann"), manages=True)
            await working.apply(
                RedactMessage(project.project, posted.conversation, posted.message, editor, ids.now())
            )
            assert "4111" not in await _kept(working)

    run(scenario())


async def _kept(working: Working) -> str:
    """All that is kept of the turns."""
    rows = await working.conn.fetch(
        "SELECT s::text FROM assistant_steps s WHERE s.project_id = $1 "
        "UNION ALL SELECT c::text FROM assistant_conversations c WHERE c.project_id = $1 "
        "UNION ALL SELECT t::text FROM assistant_turns t WHERE t.project_id = $1",
        working.project.project,
    )
    return "".join(row[0] for row in rows)


def test_a_text_that_is_redacted_while_it_is_summarised_is_in_no_summary(stack: Stack) -> None:
    project = Assisted(stack, WORKFLOW)
    asked, redacted = asyncio.Event(), asyncio.Event()

    async def play(one: Asked, on_text: OnText) -> Replied:
        if "Summarise" not in str(one.messages[0]["content"]):
            return await scripted(one, on_text)
        asked.set()
        await redacted.wait()
        return Replied(f"Said: {one.last}", tokens=4)

    async def scenario() -> None:
        async with project.stage(play) as working:
            posted = await working.write("My card is 4111 1111, I want a person")
            await asked.wait()
            editor = Editor(Author("agent", project.agent, "Ann"), manages=True)
            await working.apply(
                RedactMessage(project.project, posted.conversation, posted.message, editor, ids.now())
            )
            redacted.set()

            async def asked_again() -> bool | None:
                return True if working.model.asking == 0 else None

            await working.until(asked_again)
        assert "4111" not in await asyncio.to_thread(_stored, project)

    run(scenario())


def _stored(project: Assisted) -> str:
    rows = project.stack.sql("SELECT c::text FROM assistant_conversations c")
    return "".join(row[0] for row in rows)
