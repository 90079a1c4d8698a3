"""Answers from published articles: what a model gets, what visitors see, and what is not covered."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from core.assistant.graph import Action, Condition, Model, Start, Workflow
from core.assistant.turn import Replied
from core.bus import turns as turns_bus
from core.db.assistant import conversations
from core.db.knowledge import publishing, vectors
from core.ids import ConversationId
from tests.integration.core.core_fixture import new_visitor
from tests.integration.worker.assistant.articles import (
    DELIVERY,
    QUESTION,
    RETURNS,
    OnText,
    answering,
    articles_in,
    ask,
    contents,
    edit,
    intents,
    is_classifying,
    open_gaps,
    publish,
    run,
    steps,
)
from tests.integration.worker.assistant_project import Asked, Assisted, calling, says
from tests.stack import Stack
from worker.streaming import pace


def test_an_answer_cites_the_articles_that_it_was_given(stack: Stack) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        async with project.stage(answering("Three days [1]. Really [1][8].")) as working:
            url = "https://shop.example/delivery"
            article = await publish(working.conn, project.project, "Delivery", DELIVERY, url=url)
            await publish(working.conn, project.project, "Returns", RETURNS)
            talk = await ask(working, QUESTION)
            assert await working.messages(talk) == [
                ("visitor", QUESTION),
                ("assistant", "Three days. Really."),
            ]
            (content,) = await contents(working, talk)
            assert content["sources"] == [
                {"article": str(UUID(bytes=article)), "version": 1, "title": "Delivery", "url": url}
            ]
            classified, answered = working.model.asked
            assert is_classifying(classified) and classified.required
            assert "not_covered" in answered.names
            given = articles_in(answered)
            assert f"[1] Delivery\n{DELIVERY}" in given and given.endswith("</data>")
            assert await intents(working) == ["question"]
            assert await steps(working) == [
                ("intent", "question"),
                ("search", "2 passages"),
                ("ask", "speak: text"),
                ("say", "completed"),
            ]
            assert await open_gaps(working) == []

    run(scenario())


def test_what_is_streamed_has_no_marks_and_is_the_stored_text(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "MIN_INTERVAL", 0.0)  # each piece is shown at once
    project = Assisted(stack)
    seen: list[str] = []

    async def scenario() -> None:
        begun: asyncio.Future[ConversationId] = asyncio.get_running_loop().create_future()

        async def watching(asked: Asked, on_text: OnText) -> Replied:
            if is_classifying(asked):
                return calling("intent", intent="question")
            talk = await begun
            for piece in ("Three ", "days [", "1", "] in ", "all."):
                await on_text(piece)
                found = await turns_bus.snapshot(working.redis, project.project, talk)
                seen.append(found.text if found else "")
            return Replied("Three days [1] in all.", tokens=5)

        async with project.stage(watching) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            posted = await working.write(QUESTION)
            begun.set_result(posted.conversation)
            await working.until_over(posted.conversation)
            whole = "Three days in all."
            assert (await working.messages(posted.conversation))[1] == ("assistant", whole)
            assert all(whole.startswith(one) for one in seen) and seen[-1]
            found = await turns_bus.snapshot(working.redis, project.project, posted.conversation)
            assert found is not None and (found.text, found.intent) == (whole, "question")

    run(scenario())


def test_a_project_without_published_articles_asks_as_before(stack: Stack) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        async with project.stage(answering("Three days [1].")) as working:
            article = await publish(working.conn, project.project, "Delivery", DELIVERY)
            async with working.conn.transaction():
                await publishing.unpublish(working.conn, project.project, article)
            talk = await ask(working, QUESTION)
            (asked,) = working.model.asked
            assert asked.names == ["handoff"]
            assert articles_in(asked) == ""
            assert (await working.messages(talk))[1] == ("assistant", "Three days [1].")
            assert await intents(working) == [""]
            assert await steps(working) == [("ask", "speak: text"), ("say", "completed")]

    run(scenario())


def test_the_next_turn_reads_an_article_as_it_was_edited_meanwhile(stack: Stack) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        visitor = new_visitor()
        async with project.stage(answering("See [1].")) as working:
            article = await publish(working.conn, project.project, "Delivery", DELIVERY)
            talk = await ask(working, QUESTION, visitor)
            new = DELIVERY.replace("three days", "nine days")
            version = await edit(working.conn, project.project, article, "Delivery", new)
            await ask(working, QUESTION, visitor, turn=2)
            first, second = [articles_in(one) for one in working.model.asked if not is_classifying(one)]
            assert "three days" in first and "nine days" not in first
            assert "nine days" in second and "three days" not in second
            assert [one["sources"][0]["version"] for one in await contents(working, talk)] == [1, version]

    run(scenario())


def test_a_conversation_about_an_article_has_it_first(stack: Stack) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        visitor = new_visitor()
        async with project.stage(answering("Yes [1].")) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            pinned = await publish(working.conn, project.project, "Gift cards", "A card never expires.")
            talk = await ask(working, "Hello there", visitor)
            await conversations.ask_about(working.conn, {(project.project, talk): pinned})
            await ask(working, "Does it hold for Germany, with parcels?", visitor, turn=2)
            given = articles_in(working.model.asked[-1])
            assert given.index("[1] Gift cards\nA card never expires.") < given.index("[2] Delivery")
            assert (await contents(working, talk))[-1]["sources"][0]["title"] == "Gift cards"

    run(scenario())


def test_nodes_that_decide_never_see_articles_and_the_node_that_speaks_does(stack: Stack) -> None:
    project = Assisted(
        stack,
        Workflow(
            nodes=(
                Start(id="start", next="refund"),
                Condition(id="refund", question="A refund?", yes="note", no="answer"),
                Action(id="note", tool="add_visitor_note", by_model=True, prompt="Note it.", next="answer"),
                Model(id="answer", prompt="Answer.", tools=("search_articles",)),
            )
        ),
    )

    async def play(asked: Asked, on_text: OnText) -> Replied:
        if is_classifying(asked):
            return calling("intent", intent="question")
        if asked.names == ["route"]:
            return calling("route", path="yes")
        if asked.names == ["add_visitor_note"]:
            return calling("add_visitor_note", content="Wants to know.")
        if asked.messages[-1]["role"] != "tool":
            return calling("search_articles", query="return a parcel, refund the price")
        return await says(on_text, "Three days [1], thirty days [2].")

    async def scenario() -> None:
        async with project.stage(play) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            await publish(working.conn, project.project, "Refunds", "We refund the whole price.")
            talk = await ask(working, "When is Germany reached?")
            asked = [(one.names, articles_in(one)) for one in working.model.asked]
            assert [names for names, _ in asked] == [
                ["route"],
                ["add_visitor_note"],
                ["intent"],
                ["search_articles", "not_covered"],
                ["search_articles", "not_covered"],
            ]
            assert [bool(given) for _, given in asked] == [False, False, False, True, True]
            assert "Refunds" not in asked[3][1]
            assert "[1] Delivery" in asked[4][1] and "[2] Refunds" in asked[4][1]
            assert working.model.asked[4].last.endswith("[2] Refunds")
            (content,) = await contents(working, talk)
            assert [one["title"] for one in content["sources"]] == ["Delivery", "Refunds"]
            audit = await working.conn.fetch(
                "SELECT changes->>'tool' FROM audit_log WHERE project_id = $1 AND action = 'assistant.acted'",
                project.project,
            )
            assert [row[0] for row in audit] == ["add_visitor_note"]

    run(scenario())


def test_articles_of_another_project_are_not_found(stack: Stack) -> None:
    other, project = Assisted(stack), Assisted(stack)

    async def scenario() -> None:
        async with project.stage(answering("I do not know [1].")) as working:
            await publish(working.conn, other.project, "Delivery", DELIVERY)
            await publish(working.conn, project.project, "Gift cards", "A card never expires.")
            talk = await ask(working, QUESTION)
            assert "three days" not in str([one.messages for one in working.model.asked])
            assert "sources" not in (await contents(working, talk))[0]

    run(scenario())


def test_a_stopped_answer_keeps_the_sources_of_what_was_said(stack: Stack) -> None:
    project = Assisted(stack)
    written = asyncio.Event()

    async def play(asked: Asked, on_text: OnText) -> Replied:
        if is_classifying(asked):
            return calling("intent", intent="question")
        await on_text("Three days [1], and then")
        written.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def scenario() -> None:
        async with project.stage(play) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            posted = await working.write(QUESTION)
            await written.wait()
            (turn,) = await working.turns(posted.conversation)
            await turns_bus.ask_to_stop(
                working.redis, project.project, posted.conversation, turn=turn["id"], party="visitor"
            )
            await working.until_over(posted.conversation)
            (content,) = await contents(working, posted.conversation)
            assert content["stopped"] is True
            assert [one["title"] for one in content["sources"]] == ["Delivery"]
            assert (await working.messages(posted.conversation))[1] == ("assistant", "Three days, and then")

    run(scenario())


class Embeddings:
    """A server of embeddings: the same vector for every question; None: it does not answer."""

    def __init__(self, vector: list[float] | None) -> None:
        self.vector = vector
        self.asked: list[str] = []

    async def of_question(self, text: str, *, seconds: float) -> list[float] | None:
        assert seconds <= 2
        self.asked.append(text)
        return self.vector


@pytest.mark.parametrize("answers", [True, False])
def test_a_question_in_other_words_finds_an_article_by_its_meaning(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    project, server = Assisted(stack), Embeddings([1.0, 0.0] if answers else None)

    @asynccontextmanager
    async def opened(_settings: Any) -> AsyncGenerator[Embeddings]:
        yield server

    monkeypatch.setattr("worker.assistant.stage.open_embeddings", opened)

    async def scenario() -> None:
        async with project.stage(answering("In drei Tagen [1].")) as working:
            article = await publish(working.conn, project.project, "Delivery", DELIVERY)
            await vectors.add(working.conn, project.project, article, model="m", found=[[1.0, 0.0]])
            if not await vectors.searchable(working.conn):
                pytest.skip("this Postgres has no pgvector")
            talk = await ask(working, "Wann kommt mein Paket denn an?")
            assert server.asked == ["Wann kommt mein Paket denn an?"]
            assert ("sources" in (await contents(working, talk))[0]) is answers
            server.asked.clear()
            await ask(working, "hello")
            assert server.asked == []

    run(scenario())
