"""Posts that the copilot makes: one attempt to repair them, then warnings; edits lose nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

from core.assistant.turn import Replied
from core.copilot.signals import CopilotFailed, SocialGenerated
from tests.integration.core.core_fixture import new_visitor
from tests.integration.worker.assistant_project import Asked, calling
from tests.integration.worker.copilot_project import Desk
from tests.integration.worker.test_copilot import ends, run
from tests.stack import Stack

OnText = Callable[[str], Awaitable[None]]


def post(text: str = "We moved.", **more: Any) -> dict[str, Any]:
    return {"segments": [text], "hashtags": ["#moved"], "visual": "A door", **more}


def playing(*answers: dict[str, Any]) -> Callable[[Asked, OnText], Awaitable[Replied]]:
    """Each answer is a call of the tool, in order; {}: it writes text instead."""
    left = list(answers)

    async def play(_asked: Asked, _on_text: OnText) -> Replied:
        posts = left.pop(0)
        return calling("write_posts", posts=posts) if posts else Replied("Here are your posts!", tokens=3)

    return play


def test_a_post_that_is_too_long_is_repaired_once(stack: Stack) -> None:
    project = Desk(stack)
    model = playing({"x": post("a" * 300), "facebook": post()}, {"x": {"segments": ["a" * 200]}})

    async def scenario() -> None:
        async with project.stage(model) as working:
            session = await working.begin()
            await working.ask(session, "Posts", "social_create")
            made = (await working.until_shown(session, SocialGenerated)).social
            assert made["warnings"] == []
            assert made["posts"] == {"x": post("a" * 200), "facebook": post()}
            assert len(working.model.asked) == 2
            assert "longer than 280" in working.model.asked[1].last

    run(scenario())


def test_what_one_repair_does_not_mend_is_a_warning(stack: Stack) -> None:
    project = Desk(stack)
    model = playing({"x": post("a" * 300)}, {"x": {"segments": ["你" * 141]}})

    async def scenario() -> None:
        async with project.stage(model) as working:
            session = await working.begin()
            await working.ask(session, "Posts", "social_create")
            made = await working.until_shown(session, SocialGenerated)
            assert made.social["warnings"] == [{"platform": "x", "code": "too_long", "segment": 0}]
            assert len(working.model.asked) == 2
            assert (await working.draft(made.draft)).social == made.social
            assert ends(working, session) == [SocialGenerated]

    run(scenario())


def test_an_answer_without_posts_is_repaired_once_and_then_fails(stack: Stack) -> None:
    project = Desk(stack)

    async def scenario() -> None:
        async with project.stage(playing({}, {"x": post()}, {}, {})) as working:
            session = await working.begin()
            await working.ask(session, "Posts", "social_create")
            await working.until_shown(session, SocialGenerated)
            other = await working.begin()
            await working.ask(other, "Posts", "social_create")
            failed = await working.until_shown(other, CopilotFailed)
            assert (failed.code, failed.retryable) == ("no_posts", True)
            assert ends(working, other) == [CopilotFailed]

    run(scenario())


def test_an_edit_by_chat_keeps_visuals_and_the_other_posts(stack: Stack) -> None:
    project = Desk(stack)
    model = playing({"x": post(), "linkedin": post("Long.")}, {"x": {"segments": ["Shorter."]}})

    async def scenario() -> None:
        async with project.stage(model) as working:
            session = await working.begin()
            await working.ask(session, "Posts", "social_create")
            first = await working.until_shown(session, SocialGenerated)
            await working.ask(session, "The tweet shorter please", "")
            second = await working.until_shown(session, SocialGenerated, count=2)
            assert (second.draft, second.version) == (first.draft, 2)
            assert second.social["posts"] == {"x": post("Shorter."), "linkedin": post("Long.")}

    run(scenario())


def test_a_named_draft_that_does_not_exist_is_an_error(stack: Stack) -> None:
    project = Desk(stack)

    async def scenario() -> None:
        async with project.stage(playing()) as working:
            session = await working.begin()
            await working.ask(session, "Shorter", "social_edit", draft=session)
            failed = await working.until_shown(session, CopilotFailed)
            assert failed.code == "no_draft"
            assert working.model.asked == []

    run(scenario())


def test_a_customer_is_in_no_public_post_whatever_the_model_writes(stack: Stack) -> None:
    project = Desk(stack)
    said = "My name is Mai Trần, mai@shop.example: I waited three whole weeks for a blue bicycle of yours"
    visitor = new_visitor()
    (posted,) = project.apply(project.post(visitor, said, meta={"name": "Mai Trần"}))
    quote = "I waited three whole weeks for a blue bicycle of yours"
    bad = post(f"Mai Trần (mai@shop.example) says: {quote}!", visual=f"Mai with a sign: {quote}")
    model = playing({"x": bad}, {"x": bad})

    async def scenario() -> None:
        async with project.stage(model) as working:
            session = await working.begin(posted.conversation)
            await working.ask(session, "Posts about what customers say", "social_create")
            made = await working.until_shown(session, SocialGenerated)
            shown = str(made.social["posts"])
            for gone in ("Mai", "mai@shop.example", "blue bicycle", "three whole weeks"):
                assert gone not in shown, gone
            assert {one["code"] for one in made.social["warnings"]} == {"quote_removed", "masked"}
            assert "own words" in working.model.asked[1].last
            asked = str(working.model.asked[0].messages)
            assert "Mai" not in asked and "mai@shop.example" not in asked
            _, told = await working.messages(session)
            assert "bicycle" not in told.text

    run(scenario())
