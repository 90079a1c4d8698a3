"""What a turn needs to know, read once when it begins: settings, workflow, the visitor, the conversation."""

from collections.abc import Sequence
from typing import Final

import msgspec

from core.assistant import graph
from core.assistant.context import Conversation, Line
from core.assistant.graph import Model, Start, Workflow
from core.assistant.members import labels
from core.assistant.requests import Choices
from core.assistant.turn import Position
from core.content import AssistantTurn
from core.content import read as read_content
from core.db.assistant import assistants, inputs, workflows
from core.db.assistant import conversations as kept_table
from core.db.assistant.assistants import Assistant
from core.db.assistant.turns import Claimed
from core.db.chat import messages, visitors
from core.db.forms import templates
from core.db.knowledge import passages
from core.db.projects import members
from core.ids import MessageId
from core.model import Message
from worker import pool

MAX_FACT: Final = 1_500  # code points of the visitor's message in a tool's argument
MAX_MESSAGES: Final = 20  # that one turn answers; of more the last ones
TEMPLATES: Final = 50  # that the model may choose from
ANSWER: Final = "answer"  # the node of a project without a workflow


class Scene(msgspec.Struct, frozen=True):
    """`newest`: the last message that the turn answers; `language` the visitor's.

    `articles`: whether the project has published ones. `article`: the one that the visitor asks from.
    `uncovered`: answers in a row that no article covered.
    """

    assistant: Assistant
    workflow: Workflow
    number: int  # of the workflow; 0: the prompt alone
    position: Position
    texts: tuple[str, ...]
    facts: dict[str, str]
    choices: Choices
    conversation: Conversation
    language: str
    newest: MessageId
    newest_at: int
    articles: bool = False
    article: bytes | None = None
    uncovered: int = 0


class NothingToAnswer(Exception):
    """The messages are gone: they were redacted, or their conversation was deleted."""


class Unreadable(Exception):
    """The workflow or the history cannot be read."""


async def read(conn: pool.Driver, turn: Claimed) -> Scene:
    """Raises NothingToAnswer and Unreadable, and pool.UNAVAILABLE."""
    assistant = await assistants.by_project(conn, turn.project)
    visitor = await visitors.by_id(conn, turn.project, turn.visitor)
    if assistant is None or visitor is None:
        raise NothingToAnswer
    asked = await inputs.of_turn(conn, turn.project, turn.conversation, turn.id)
    answered = await _answered(conn, turn, asked)
    kept = await kept_table.kept(conn, turn.project, turn.conversation)
    number, workflow = await _workflow(conn, turn, assistant, kept.position)
    before = await messages.before(
        conn, turn.project, turn.conversation, seq=answered[0].seq, limit=10, for_visitor=True
    )
    texts = tuple(one.body for one in answered)
    email = (visitor.verified or {}).get("email") or visitor.facts.get("email")
    facts = {
        "visitor.name": visitor.name if visitor.given_name or visitor.facts.get("name") else "",
        "visitor.email": email if isinstance(email, str) else "",
        "visitor.language": visitor.language,
        "message": texts[-1][:MAX_FACT],
    }
    position = kept.position if kept.position and kept.position.version == number else None
    return Scene(
        assistant,
        workflow,
        number,
        position or Position(number, workflow.start),
        texts,
        facts,
        await _choices(conn, turn),
        Conversation(assistant.prompt, kept.summary, tuple(lines(before)), texts),
        visitor.language,
        answered[-1].id,
        answered[-1].at,
        await passages.any_published(conn, turn.project),
        kept.article,
        kept.uncovered,
    )


async def _answered(conn: pool.Driver, turn: Claimed, asked: Sequence[int]) -> list[Message]:
    if not asked:
        raise NothingToAnswer
    found = await messages.after(
        conn, turn.project, turn.conversation, seq=asked[0] - 1, limit=200, for_visitor=True
    )
    wanted = set(asked)
    kept = [one for one in found if one.seq in wanted and one.redacted_at is None and one.body.strip()]
    if not kept:
        raise NothingToAnswer
    return kept[-MAX_MESSAGES:]


async def _workflow(
    conn: pool.Driver, turn: Claimed, assistant: Assistant, position: Position | None
) -> tuple[int, Workflow]:
    """The version that the conversation began with, else the published one; or the prompt alone."""
    if assistant.mode == "prompt" or assistant.published is None:
        node = Model(id=ANSWER, prompt="", tools=("handoff",))
        return 0, Workflow(nodes=(Start(id="start", next=ANSWER), node))
    number = position.version if position is not None and position.version else assistant.published
    if turn.engine is not None and turn.workflow:
        number = turn.workflow  # of the attempt that this one continues
    try:
        found = await workflows.version(conn, turn.project, number)
    except graph.InvalidWorkflow as error:
        raise Unreadable from error
    if found is None:
        raise Unreadable
    return number, found


async def _choices(conn: pool.Driver, turn: Claimed) -> Choices:
    """The names that the model may choose from."""
    forms = await templates.page(conn, turn.project, after=None, limit=TEMPLATES)
    team = await members.listed(conn, turn.project)
    names = labels((one.email, one.full_name) for one in team)
    return Choices(
        {
            "send_form": {"template": [one.name for one in forms if one.enabled]},
            "assign": {"member": ["", *names]},
        }
    )


def lines(before: Sequence[Message]) -> list[Line]:
    """The messages as the model sees them; those that were redacted are left out."""
    return [
        Line(
            one.party if one.party in {"visitor", "agent", "assistant"} else "system",  # type: ignore[arg-type]
            one.sender_name,
            one.body,
            _stopped(one),
        )
        for one in before
        if one.redacted_at is None and one.body.strip()
    ]


def _stopped(message: Message) -> bool:
    shown = read_content(message.content)
    return isinstance(shown, AssistantTurn) and shown.stopped
