"""What a turn needs to know, read once when it begins: question, session, and what that is based on."""

from collections.abc import Sequence
from typing import Final

import msgspec

from core import rules
from core.assistant.context import WINDOW, Line
from core.assistant.passages import Passage
from core.content import AssistantTurn
from core.content import read as read_content
from core.copilot import preferences, social
from core.copilot.articles import parts as article_parts
from core.copilot.context import Part, Session, Source, Spoken
from core.copilot.intents import SOCIAL
from core.copilot.social import Social
from core.db.chat import conversations, visitors
from core.db.chat import messages as chat
from core.db.copilot import drafts, messages, sessions
from core.db.copilot import preferences as preferences_table
from core.db.copilot.messages import CopilotMessage
from core.db.copilot.turns import Claimed
from core.db.knowledge import articles, passages, versions
from core.ids import ConversationId, ProjectId
from core.knowledge.chunks import BETWEEN
from core.model import Message, Visitor, visitor_name
from worker import pool

_WITHOUT_KNOWLEDGE: Final = frozenset({"translate", "rewrite", "summarise", *SOCIAL})
_APART: Final = frozenset({"translate", "rewrite"})  # asked for by name they are of one text alone
MAX_UNSAID: Final = 240  # questions that wait, those that failed lately, and translations
LINES: Final = 60  # messages of the conversation that are read; the budget of tokens cuts them


class DraftToEdit(msgspec.Struct, frozen=True):
    """The posts that a `social_edit` changes."""

    id: bytes
    version: int
    social: Social


class Scene(msgspec.Struct, frozen=True):
    """`draft`: the one that the question names, else the session's latest."""

    question: CopilotMessage
    session: Session
    source: Source
    draft: DraftToEdit | None
    title: str


class Gone(Exception):
    """The session was deleted."""


class BaseGone(Exception):
    """What the session is based on was deleted; the session goes with it, a little later."""


class NoDraft(Exception):
    """The draft that the question names does not exist."""


async def read(conn: pool.Driver, turn: Claimed) -> Scene:
    """Raises Gone, BaseGone and NoDraft, and pool.UNAVAILABLE."""
    found = await sessions.by_id(conn, turn.project, turn.session)
    question = await messages.by_number(conn, turn.project, turn.session, turn.number)
    if found is None or question is None:
        raise Gone
    before = await _before(conn, turn)
    own = await preferences_table.of(conn, turn.project, turn.user)
    common = await preferences_table.of(conn, turn.project, None)
    if found.conversation is not None:
        source = await _conversation(conn, turn.project, found.conversation, question)
    elif found.article is not None:
        source = await _article(conn, turn.project, found.article, question)
    else:
        source = Source(knowledge=await _knowledge(conn, turn.project, question, ()))
    session = Session(
        found.summary,
        tuple(spoken(one) for one in before),
        preferences.merged(own.preferences, common.preferences),
    )
    return Scene(question, session, source, await _draft(conn, turn, question), found.title)


async def _before(conn: pool.Driver, turn: Claimed) -> list[CopilotMessage]:
    """The last messages that were said: by number, for a question may have waited for earlier answers."""
    limit = WINDOW + MAX_UNSAID
    found = await messages.before(conn, turn.project, turn.session, number=None, limit=limit)
    return [one for one in talk(found) if one.state in {"done", "stopped"} and one.text][-WINDOW:]


def talk(found: Sequence[CopilotMessage]) -> list[CopilotMessage]:
    """Without translations and rewritten texts that were asked for by name, and their questions.

    While an agent writes, each message may be translated: soon nothing else would be in the window.
    """
    talked = {one.turn for one in found if one.role == "agent" and one.intent not in _APART}
    return [one for one in found if one.intent not in _APART or (one.role != "agent" and one.turn in talked)]


def spoken(message: CopilotMessage) -> Spoken:
    """As the model sees it."""
    stopped = message.state == "stopped"
    return Spoken("agent" if message.role == "agent" else "copilot", message.text, stopped)


async def _conversation(
    conn: pool.Driver, project: ProjectId, conversation: ConversationId, question: CopilotMessage
) -> Source:
    """What agents see of it without their internal notes, which never leave the team."""
    place = await conversations.by_id(conn, project, conversation)
    if place is None:
        raise BaseGone
    found = await chat.before(conn, project, conversation, seq=None, limit=LINES, for_visitor=False)
    visitor = await visitors.by_id(conn, project, place.visitor)
    visible = [one for one in found if rules.visible_to_visitor(one.kind) and one.redacted_at is None]
    lines = tuple(_line(one) for one in visible if one.body.strip())
    asked = [line.text for line in lines if line.author == "visitor"]
    knowledge = await _knowledge(conn, project, question, asked[-1:])
    names = [name for name in _names(visitor, visible) if name != visitor_name(None, place.visitor)]
    return Source(lines=lines, names=tuple(names), knowledge=knowledge)


async def _knowledge(
    conn: pool.Driver, project: ProjectId, question: CopilotMessage, asked: Sequence[str]
) -> tuple[Part, ...]:
    """Parts of published articles about the question, and about what the customer has written last."""
    if question.intent in _WITHOUT_KNOWLEDGE:
        return ()
    found = await passages.about(conn, project, "\n".join([question.text, *asked]))
    return tuple(_passage(one) for one in found)


def _passage(one: Passage) -> Part:
    return Part(one.title + BETWEEN + one.heading if one.heading else one.title, one.content)


def _line(message: Message) -> Line:
    shown = read_content(message.content)
    stopped = isinstance(shown, AssistantTurn) and shown.stopped
    match message.party:
        case "visitor" | "agent" | "assistant":
            return Line(message.party, message.sender_name, message.body, stopped)
        case _:
            return Line("system", message.sender_name, message.body, stopped)


def _names(visitor: Visitor | None, visible: list[Message]) -> tuple[str, ...]:
    """What the customer is called, by the page, by the site or by an agent."""
    found = [one.sender_name for one in visible if one.party == "visitor"]
    if visitor is not None:
        facts = {**visitor.facts, **(visitor.verified or {})}
        found += [visitor.given_name, *(str(facts.get(key) or "") for key in ("name", "email", "phone"))]
    return tuple(dict.fromkeys(name for name in found if name))


async def _article(conn: pool.Driver, project: ProjectId, article: bytes, question: CopilotMessage) -> Source:
    """Its newest version, a draft too: it is the agent's own work."""
    found = await articles.by_id(conn, project, article)
    version = None if found is None else await versions.by_number(conn, project, article, found.version)
    if found is None or version is None:
        raise BaseGone
    return Source(parts=article_parts(version.head.title, version.content, question.text))


async def _draft(conn: pool.Driver, turn: Claimed, question: CopilotMessage) -> DraftToEdit | None:
    named = question.draft or await drafts.latest_of(conn, turn.project, turn.session)
    found = None if named is None else await drafts.by_id(conn, turn.project, named)
    if found is None:
        if question.draft is not None:
            raise NoDraft
        return None
    return DraftToEdit(found.id, found.version, social.restored(found.social))
