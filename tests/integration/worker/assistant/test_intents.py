"""What a visitor wants, as a turn finds it out, and what no article covers."""

import asyncio

import pytest

from core.assistant.turn import Replied
from core.db.assistant import conversations
from core.db.knowledge import gaps
from tests.integration.core.core_fixture import new_visitor
from tests.integration.worker.assistant.articles import (
    DELIVERY,
    QUESTION,
    OnText,
    answering,
    articles_in,
    ask,
    contents,
    declining,
    intents,
    is_classifying,
    open_gaps,
    publish,
    run,
    steps,
)
from tests.integration.worker.assistant_project import Asked, Assisted, calling, says, unavailable
from tests.stack import Stack
from worker.assistant import texts


def test_what_the_articles_do_not_cover_becomes_a_gap_and_the_second_time_offers_a_person(
    stack: Stack,
) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        visitor = new_visitor()
        async with project.stage(declining) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            talk = await ask(working, "Do you repair bicycles?", visitor)
            await ask(working, "bicycles: can you REPAIR them", visitor, turn=2)
            assert [one for one in await working.messages(talk) if one[0] == "assistant"] == [
                ("assistant", texts.NOT_COVERED["en"]),
                ("assistant", texts.NOT_COVERED_AGAIN["en"]),
            ]
            assert await open_gaps(working) == [("bicycles: can you REPAIR them", 2)]
            kept = await conversations.kept(working.conn, project.project, talk)
            assert kept.uncovered == 2
            assert [one["state"] for one in await working.turns(talk)] == ["completed", "completed"]
            await ask(working, "Yes please", visitor, turn=3)
            assert await working.owner(talk) == ("person", "handed_over")
            assert await intents(working) == ["question", "question", "handoff"]

    run(scenario())


def test_who_declines_a_person_gets_small_talk_and_the_count_begins_again(stack: Stack) -> None:
    project = Assisted(stack)

    async def play(asked: Asked, on_text: OnText) -> Replied:
        return await says(on_text, "All right.") if asked.last == "No" else await declining(asked, on_text)

    async def scenario() -> None:
        visitor = new_visitor()
        async with project.stage(play) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            for turn, text in enumerate(("Any bicycles?", "Do you repair bicycles?", "No"), start=1):
                talk = await ask(working, text, visitor, turn=turn)
            assert (await working.messages(talk))[-1] == ("assistant", "All right.")
            assert await intents(working) == ["question", "question", "smalltalk"]
            assert (await conversations.kept(working.conn, project.project, talk)).uncovered == 0

    run(scenario())


def test_only_a_question_that_says_something_becomes_a_gap(stack: Stack) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        async with project.stage(declining) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            talk = await ask(working, "why?")
            assert (await working.messages(talk))[-1] == ("assistant", texts.NOT_COVERED["en"])
            assert await open_gaps(working) == []

    run(scenario())


def test_an_answer_from_an_article_begins_the_count_again(stack: Stack) -> None:
    project = Assisted(stack)

    async def play(asked: Asked, on_text: OnText) -> Replied:
        if is_classifying(asked):
            return calling("intent", intent="question")
        return calling("not_covered") if "bicycle" in asked.last else await says(on_text, "Three days [1].")

    async def scenario() -> None:
        visitor = new_visitor()
        async with project.stage(play) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            for turn, text in enumerate(("a bicycle?", QUESTION, "another bicycle?"), start=1):
                talk = await ask(working, text, visitor, turn=turn)
            said = [text for party, text in await working.messages(talk) if party == "assistant"]
            assert said == [texts.NOT_COVERED["en"], "Three days.", texts.NOT_COVERED["en"]]
            assert (await conversations.kept(working.conn, project.project, talk)).uncovered == 1

    run(scenario())


@pytest.mark.parametrize("fault", ["slow", "error", "garbage", "of_agents"])
def test_a_classifier_that_is_of_no_use_leaves_a_question(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    project = Assisted(stack)
    monkeypatch.setattr("core.assistant.intents.TIMEOUT", 0.05)

    async def play(asked: Asked, on_text: OnText) -> Replied:
        if not is_classifying(asked):
            return await says(on_text, "Three days [1].")
        match fault:
            case "slow":
                await asyncio.Event().wait()
            case "error":
                return await unavailable(asked, on_text)
            case "of_agents":
                return calling("intent", intent="social_create")
        return Replied("It is a question, I believe.")

    async def scenario() -> None:
        async with project.stage(play) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            talk = await ask(working, QUESTION)
            assert (await working.messages(talk))[1:] == [("assistant", "Three days.")]
            assert await intents(working) == ["question"]
            assert working.model.cancelled == (fault == "slow")
            assert working.model.asking == 0

    run(scenario())


def test_small_talk_costs_no_request_and_gets_no_articles(stack: Stack) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        async with project.stage(answering("Hello!")) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            await ask(working, "Hello!")
            (asked,) = working.model.asked
            assert asked.names == ["handoff"] and articles_in(asked) == ""
            assert await intents(working) == ["smalltalk"]
            assert await steps(working, "intent", "search") == [("intent", "smalltalk")]

    run(scenario())


def test_one_question_in_a_row_clears_things_up(stack: Stack) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        visitor = new_visitor()
        async with project.stage(answering("What do you mean?")) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            for turn in (1, 2, 3):
                await ask(working, "??", visitor, turn=turn)
            assert await intents(working) == ["clarify", "question", "clarify"]
            assert "Ask one short question" in str(working.model.asked[0].messages)

    run(scenario())


def test_a_visitor_who_asks_for_a_post_gets_a_text_and_nothing_of_the_agents(stack: Stack) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        async with project.stage(answering("I can help with orders.", "out_of_scope")) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            talk = await ask(working, "Write a tweet and a LinkedIn post about our summer festival")
            assert await intents(working) == ["out_of_scope"]
            assert [one.names for one in working.model.asked] == [["intent"], ["handoff"]]
            offered = working.model.asked[0].offers[0].parameters["properties"]["intent"]["enum"]
            assert offered == ["question", "smalltalk", "handoff", "out_of_scope", "clarify"]
            assert (await working.messages(talk))[1] == ("assistant", "I can help with orders.")
            assert await open_gaps(working) == []

    run(scenario())


def test_what_an_article_is_about_is_in_scope_whatever_the_classifier_says(stack: Stack) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        async with project.stage(answering("Three days [1].", "out_of_scope")) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            talk = await ask(working, QUESTION)
            assert await intents(working) == ["question"]
            assert (await contents(working, talk))[0]["sources"][0]["title"] == "Delivery"

    run(scenario())


def test_a_redacted_conversation_leaves_no_question_behind(stack: Stack) -> None:
    project = Assisted(stack)

    async def scenario() -> None:
        async with project.stage(declining) as working:
            await publish(working.conn, project.project, "Delivery", DELIVERY)
            own = await ask(working, "My secret disease")
            shared = await ask(working, "Repair my bicycle please")
            await ask(working, "Do you repair bicycle frames? bicycle repair")
            await ask(working, "bicycle: repair?")
            async with working.conn.transaction():
                keys = [(project.project, talk) for talk in (own, shared)]
                await gaps.forget(working.conn, keys)
            assert sorted(await open_gaps(working)) == [
                ("Do you repair bicycle frames? bicycle repair", 1),
                ("…", 2),
            ]

    run(scenario())
