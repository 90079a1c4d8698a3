"""What the copilot's model is sent: never an internal note, the last ten, the summary, preferences."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core import ids
from core.assistant.turn import Replied
from core.commands import PostMessage, RedactMessage
from core.copilot.preferences import Preferences
from core.copilot.signals import CopilotEnded
from core.db.copilot import drafts, preferences, sessions
from core.db.knowledge import versions
from core.ids import MessageId, Ref
from core.model import Author, Editor
from tests.integration.core.core_fixture import new_visitor
from tests.integration.worker.assistant_project import Asked, says
from tests.integration.worker.copilot_project import Desk, Working
from tests.integration.worker.test_copilot import run
from tests.stack import Stack

OnText = Callable[[str], Awaitable[None]]
NOTE = "canary: he never pays his bills"


async def echo(asked: Asked, on_text: OnText) -> Replied:
    """Says the number of the question, or what it was given to summarise."""
    if "Summarise the conversation" in str(asked.messages[0]["content"]):
        return Replied(" ".join(word for word in asked.last.split() if word.startswith("q")), tokens=4)
    return await says(on_text, f"answer to {asked.last}")


def sent(working: Working) -> str:
    return "\n".join(str(one["content"]) for asked in working.model.asked for one in asked.messages)


async def titles(working: Working) -> list[str]:
    """Of the project's sessions and drafts."""
    rows = await working.conn.fetch(
        "SELECT title FROM copilot_sessions WHERE project_id = $1 "
        "UNION ALL SELECT title FROM social_drafts WHERE project_id = $1 ORDER BY title",
        working.project.project,
    )
    return [row[0] for row in rows]


def by_agent(project: Desk, conversation: Any, body: str, kind: Any) -> PostMessage:
    author = Author("agent", project.agent, "Ann")
    return PostMessage(
        project.project,
        author,
        Ref(ids.make()),
        MessageId(ids.make()),
        conversation,
        kind,
        body,
        {},
        ids.now(),
    )


def test_internal_notes_are_never_sent(stack: Stack) -> None:
    project = Desk(stack)
    (posted,) = project.apply(project.post(new_visitor(), "Where is my order?", at=ids.now()))
    project.apply(
        by_agent(project, posted.conversation, NOTE, "note"),
        by_agent(project, posted.conversation, "I will look.", "text"),
    )

    async def scenario() -> None:
        async with project.stage(echo) as working:
            session = await working.begin(posted.conversation)
            for intent in ("draft_reply", "ask", "summarise", "translate", "rewrite", "social_create"):
                await working.ask(session, f"go {intent}", intent)
            await working.nothing_left(session)
            shown = sent(working)
            assert "Where is my order?" in shown and "I will look." in shown
            assert NOTE not in shown and "canary" not in shown

    run(scenario())


def test_the_name_that_parley_gives_a_visitor_is_no_name_to_mask(stack: Stack) -> None:
    project = Desk(stack)
    (posted,) = project.apply(project.post(new_visitor(), "Each visitor likes it", at=ids.now()))

    async def scenario() -> None:
        async with project.stage(echo) as working:
            session = await working.begin(posted.conversation)
            await working.ask(session, "posts", "social_create")
            await working.nothing_left(session)
            assert "Each visitor likes it" in sent(working)

    run(scenario())


def test_a_redacted_message_goes_from_sessions_too(stack: Stack) -> None:
    project = Desk(stack)
    (posted,) = project.apply(project.post(new_visitor(), "My card is 4111", at=ids.now()))

    async def scenario() -> None:
        async with project.stage(echo) as working:
            session = await working.begin(posted.conversation)
            await working.ask(session, "My card is 4111", "translate", about=posted.message, into="vi")
            assert await titles(working) == [""], "a customer's words are no title"
            await working.ask(session, "What does she want?")
            await working.until_shown(session, CopilotEnded, count=2)
            await drafts.add(
                working.conn,
                project.project,
                ids.make(),
                session=session,
                title="What does 4111 want?",
                social={"posts": {}},
                turn=None,
                by=project.agent,
                now=ids.now(),
            )
            assert await titles(working) == ["What does 4111 want?", "What does she want?"]
            editor = Editor(Author("agent", project.agent, "Ann"), manages=True)
            redact = RedactMessage(project.project, posted.conversation, posted.message, editor, ids.now())
            await working.apply(redact)
            texts = [one.text for one in await working.messages(session)]
            assert texts == ["", "What does she want?", "", ""]
            assert await titles(working) == ["", ""]
            await working.ask(session, "And now?")
            await working.until_shown(session, CopilotEnded, count=3)
            asked = str(working.model.asked[-1].messages)
            assert "And now?" in asked and "4111" not in asked

    run(scenario())


def test_a_long_session_is_in_its_summary_and_its_window(stack: Stack) -> None:
    project = Desk(stack)

    async def scenario() -> None:
        async with project.stage(echo) as working:
            session = await working.begin()
            for number in range(1, 31):
                await working.ask(session, f"q{number}")
                await working.until_shown(session, CopilotEnded, count=number)
                await working.nothing_left(session)

            async def summarised() -> Any:
                found = await sessions.by_id(working.conn, project.project, session)
                # The window begins after message 50.
                return found if found is not None and found.summary_number >= 50 else None

            kept = await working.until(summarised)
            assert kept.last_number == 60
            assert "q1" in kept.summary.split()
            before = len(working.model.asked)
            await working.ask(session, "the last")
            await working.until_shown(session, CopilotEnded, count=31)
            asked = next(one for one in working.model.asked[before:] if one.last == "the last")
            window = [str(one["content"]) for one in asked.messages if one["role"] != "system"][:-1]
            assert len(window) == 10
            assert window[-1] == "answer to q30"
            assert any(kept.summary in str(one["content"]) for one in asked.messages)

    run(scenario())


def test_live_translations_do_not_fill_the_window(stack: Stack) -> None:
    project = Desk(stack)

    async def scenario() -> None:
        async with project.stage(echo) as working:
            session = await working.begin()
            asked = [
                ("What is open?", "ask"),
                *((f"tr{at}", "translate") for at in range(12)),
                ("So?", "ask"),
            ]
            for count, (text, intent) in enumerate(asked, start=1):
                await working.ask(session, text, intent, **({"into": "vi"} if intent == "translate" else {}))
                await working.until_shown(session, CopilotEnded, count=count)
                await working.nothing_left(session)
            last = next(one for one in working.model.asked if one.last == "So?")
            window = [str(one["content"]) for one in last.messages if one["role"] != "system"]
            assert window == ["What is open?", "answer to What is open?", "So?"]
            assert not any(
                "Summarise the conversation" in str(one.messages[0]) for one in working.model.asked
            )

    run(scenario())


def test_a_summary_goes_past_many_translations(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Desk(stack)
    monkeypatch.setattr("core.assistant.summary.MAX_MESSAGES", 6)

    async def scenario() -> None:
        async with project.stage(echo) as working:
            session = await working.begin()
            for count in range(1, 5):
                await working.ask(session, f"tr{count}", "translate", into="vi")
                await working.until_shown(session, CopilotEnded, count=count)
                await working.nothing_left(session)

            async def passed() -> Any:
                found = await sessions.by_id(working.conn, project.project, session)
                return found if found is not None and found.summary_number == 6 else None

            assert (await working.until(passed)).summary == ""
            assert len(working.model.asked) == 4

    run(scenario())


def test_an_article_and_the_preferences_of_both_are_sent(stack: Stack) -> None:
    project = Desk(stack)
    article = ids.make()

    async def fill(conn: Any) -> None:
        text = versions.Text(title="Delivery", language="en", content="Parcels take three days.")
        await versions.create(conn, project.project, article, text, by=project.agent, now=ids.now())
        mine, common = Preferences(style="Never say sorry."), Preferences(tone="formal", style="x")
        now = ids.now()
        await preferences.save(conn, project.project, project.agent, mine, version=None, now=now)
        await preferences.save(conn, project.project, None, common, version=None, now=now)

    project.run(fill)

    async def scenario() -> None:
        async with project.stage(echo) as working:
            session = await working.begin(article=article)
            await working.ask(session, "How long?")
            await working.until_shown(session, CopilotEnded)
            shown = sent(working)
            for part in ("Parcels take three days.", "formal", "Never say sorry."):
                assert part in shown, part

    run(scenario())
