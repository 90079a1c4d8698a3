"""The replay of a draft: what changes in recorded conversations, side by side, in every theme and size."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest
from playwright.sync_api import Browser, Locator, expect

from core import ids
from core.apply.apply import apply
from core.assistant import graph
from core.assistant.graph import Collect, Handoff, Model, Node, Workflow
from core.assistant.samples import SMALL
from core.commands import PostMessage
from core.db.assistant import inputs, steps
from core.db.assistant.steps import NewStep
from core.ids import MessageId, ProjectId, Ref, VisitorId
from core.model import Author
from tests.browser.conftest import Stage
from tests.browser.settings import Settings, at_settings
from tests.browser.site import Site
from tests.browser.test_looks import PICTURES, Look, each_look
from tests.integration.core.core_fixture import connect
from tests.people import add_agent
from tests.running import Running
from tests.stack import Stack
from tests.unit.core.assistant.drawn import calls, says
from tests.unit.core.assistant.taped import Tape

YES, NO = calls("route", path="yes"), calls("route", path="no")
PERSON: Final = (("I want to talk to a person", NO, NO, YES),)
REFUND: Final = (("My pot arrived broken, I want my money back", NO, YES, says("I am sorry. Which order?")),)
OPEN: Final = (
    ("Are you open on Sunday?", NO, NO, NO, says("We are open from Monday to Friday.")),
    ("Thanks!", NO, NO, NO, says("You are welcome.")),
)


def draft() -> Workflow:
    """The sample, which asks for the order before a person takes over, and words the refund anew."""
    others: dict[str, Node] = {
        "ask_order": Model(id="ask_order", name="Ask for the order", prompt="Ask for the order, briefly."),
        "hand_over": Collect(
            id="hand_over",
            name="Which order?",
            variable="order",
            value_type="number",
            question="What is the number of your order?",
            next="team",
        ),
    }
    nodes = (others.get(node.id, node) for node in SMALL.nodes)
    return Workflow(nodes=(*nodes, Handoff(id="team", name="To the team", reason="Asked for.")))


def record(stage: Stage, turns: Sequence[Sequence[Any]]) -> None:
    """A conversation as the worker leaves it: each turn is a message and the model's answers."""
    with ThreadPoolExecutor(1) as thread:  # Playwright's loop runs in this one
        thread.submit(asyncio.run, _record(stage, turns)).result()


async def _record(stage: Stage, turns: Sequence[Sequence[Any]]) -> None:
    tape, visitor, project = Tape(SMALL), VisitorId(ids.make()), ProjectId(stage.project)
    conn = await connect(stage.stack.database_url)
    try:
        for seq, (message, *answers) in enumerate(turns, 1):
            tape.turn(message, *answers)
            command = PostMessage(
                project=project,
                author=Author("visitor", visitor),
                ref=Ref(ids.make()),
                message=MessageId(ids.make()),
                conversation=None,
                kind="text",
                body=message,
                meta={},
                at=ids.now(),
                language="en",
            )
            async with conn.transaction():
                (posted,) = await apply(conn, [command], now=ids.now())
                await _keep(conn, project, posted.conversation, tape, seq)
    finally:
        await conn.close()


async def _keep(conn: Any, project: ProjectId, conversation: Any, tape: Tape, seq: int) -> None:
    turn, now = ids.make(), ids.now()
    await conn.execute(
        "INSERT INTO assistant_turns (project_id, id, conversation_id, state, owner_version, lease_until, "
        "created_at, ended_at, workflow) VALUES ($1, $2, $3, 'completed', 0, $4, $4, $4, 1)",
        project,
        turn,
        conversation,
        now,
    )
    await inputs.add(conn, project, conversation, event=ids.make(), seq=seq, turn=turn, now=now)
    for one in tape.steps[-1]:
        kind: Any = one.kind
        step = NewStep(node="", kind=kind, outcome=one.outcome, sent=one.sent, received=one.received)
        await steps.add(conn, project, turn, step, attempt=1, now=now)


def store(stage: Stage, drawn: Workflow) -> None:
    """The draft, and the sample as the published version."""
    stage.stack.sql(
        "INSERT INTO workflow_versions (project_id, number, workflow, published_at) "
        "VALUES ($1, 1, $2, now())",
        stage.project_id,
        graph.pack(SMALL).decode(),
    )
    stage.stack.sql(
        "INSERT INTO assistants (project_id, mode, published) VALUES ($1, 'workflow', 1)", stage.project_id
    )
    stage.stack.sql(
        "INSERT INTO workflow_drafts (project_id, workflow) VALUES ($1, $2)",
        stage.project_id,
        graph.pack(drawn).decode(),
    )


def at_replay(stage: Stage, email: str = "") -> Settings:
    """The page of a manager."""
    return at_settings(stage, f"projects/{stage.project_id}/settings/assistant-replay", email=email)


def result(page: Settings) -> Locator:
    """The line that says how many conversations changed."""
    return page.page.locator(".card [role=status]")


def test_a_project_without_recorded_conversations_says_so(stage: Stage) -> None:
    page = at_replay(stage)
    page.press("Replay the draft")
    expect(result(page)).to_contain_text("There are no recorded conversations yet.")


@pytest.mark.smoke
def test_a_manager_sees_what_a_draft_would_change_and_opens_the_turn(stage: Stage) -> None:
    for turns in (PERSON, REFUND, OPEN):
        record(stage, turns)
    store(stage, draft())
    page = at_replay(stage)
    page.page.get_by_label("Conversations").select_option("50")
    page.page.get_by_role("button", name="Replay the draft").press("Enter")
    expect(page.page.get_by_text("3 compared: 1 changed, 1 unknown, 1 the same.")).to_be_visible()
    found = page.page.get_by_role("list", name="Conversations, the changed ones first").locator("> li")
    expect(found).to_have_count(3)
    for row, word in zip(found.all(), ("changed", "unknown", "the same"), strict=True):
        expect(row.locator("summary")).to_contain_text(word)
    was = found.first.get_by_role("list", name="Path: Recorded").get_by_role("listitem")
    would = found.first.get_by_role("list", name="Path: Draft").get_by_role("listitem")
    expect(was).to_contain_text(
        ["Start", "Has an email address", "Wants a refund", "Asks for a person", "person"]
    )
    expect(would.last).to_contain_text("Which order?")
    expect(found.first).to_contain_text("A person takes over. The visitor asks for a person.")
    expect(found.first).to_contain_text("What is the number of your order?")
    expect(found.first.get_by_text("differs")).to_have_count(3)
    unknown = found.nth(1)
    unknown.locator("summary").press("Enter")
    expect(unknown).to_contain_text("Asks the model something that was not recorded.")
    page.press("Details of turn 1", inside=found.first)
    expect(page.page.get_by_role("button", name="Back to the replay")).to_be_focused()
    expect(page.card("One turn").get_by_role("list", name="Steps").locator("> li")).to_have_count(4)
    page.press("Back to the replay")
    expect(found.first.get_by_role("button", name="Details of turn 1")).to_be_focused()
    talk: UUID = stage.stack.sql(
        "SELECT conversation_id FROM messages WHERE project_id = $1 AND body LIKE '%person%'",
        stage.project_id,
    )[0][0]
    found.first.get_by_role("link", name="Open the conversation").click()
    expect(page.page).to_have_url(f"{page.url}/app/p/{stage.project_id}/c/{talk}")


def test_a_draft_above_the_limits_is_refused_in_words(stage: Stage) -> None:
    stage.allow_errors("422")
    many = msgspec.structs.replace(SMALL, nodes=tuple(Handoff(id=f"n{n}") for n in range(201)))
    record(stage, REFUND)
    store(stage, many)
    page = at_replay(stage)
    page.press("Replay the draft")
    expect(page.page.locator(".wrong")).not_to_be_empty()


@pytest.fixture(scope="module")
def studio(browser: Browser, shared_stack: Stack, site: Site, server: Running) -> Iterator[Stage]:
    """A project with conversations and a draft."""
    PICTURES.mkdir(exist_ok=True)
    stage = Stage(browser, shared_stack, site, server)
    for turns in (OPEN, REFUND, OPEN, PERSON, (*PERSON, *OPEN)):
        record(stage, turns)
    store(stage, draft())
    yield stage
    stage.close()


@each_look
def test_the_replay_looks_right_and_is_accessible(studio: Stage, look: Look) -> None:
    page = at_replay(studio)
    look.apply(page.page)
    page.press("Replay the draft")
    expect(result(page)).to_contain_text("5 compared: 2 changed")
    faults = look.faults(page.page, "replay")
    page.page.locator(".replay-list > li").nth(1).scroll_into_view_if_needed()
    page.page.locator(".replay-list summary", has_text="unknown").first.click()
    page.page.locator(".replay-list summary", has_text="the same").first.click()
    page.page.locator(".replay-list > li").last.scroll_into_view_if_needed()
    faults += look.faults(page.page, "replay-open")
    assert not faults, "\n".join(faults)


def test_the_replay_speaks_vietnamese(studio: Stage) -> None:
    email = add_agent(studio.stack, studio.project, name="Linh")
    studio.stack.sql("UPDATE users SET language = 'vi' WHERE full_name = 'Linh'")
    page = at_replay(studio, email)
    page.press("Chạy lại bản nháp")
    expect(result(page)).to_contain_text("Đã so sánh 5: 2 thay đổi")
    expect(page.page.get_by_text("chỉ có trong bản nháp").first).to_be_visible()
