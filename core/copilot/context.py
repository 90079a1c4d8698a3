"""What a provider is sent about a question, from the session, what it is based on, and a budget of tokens.

Order: rules and preferences, the article or the conversation, parts of other articles, the session's summary,
its last messages, oldest first, and the question. Internal notes are no part of a `Source`, so they cannot be
sent.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from core.assistant.context import BYTES_PER_TOKEN, WINDOW, Line, harmless
from core.copilot import masking, preferences, prompts
from core.copilot.intents import SOCIAL, Intent
from core.copilot.preferences import Preferences
from core.copilot.social import Posts

BUDGET: Final = 6_000  # tokens
SOURCE_SHARE: Final = 0.6  # of the budget that what the session is based on may take
ALONE: Final = frozenset({"translate", "rewrite"})
"""Intents that see their own text and nothing else, if the agent's program names them."""
ARTICLE: Final = "The article:"
CONVERSATION: Final = "The conversation with the customer, oldest message first:"

Message = dict[str, Any]


class Part(msgspec.Struct, frozen=True):
    """A part of an article."""

    title: str
    text: str


class Source(msgspec.Struct, frozen=True):
    """What a session is based on: parts of its article, or the visible messages of its conversation.

    `names`: of the conversation's visitor. `knowledge`: parts of other articles that may help.
    """

    parts: tuple[Part, ...] = ()
    lines: tuple[Line, ...] = ()
    names: tuple[str, ...] = ()
    knowledge: tuple[Part, ...] = ()

    @property
    def said(self) -> tuple[str, ...]:
        """The visitor's own words."""
        return tuple(line.text for line in self.lines if line.author == "visitor")


class Spoken(msgspec.Struct, frozen=True):
    """A message of the session."""

    role: Literal["agent", "copilot"]
    text: str
    stopped: bool = False


class Question(msgspec.Struct, frozen=True):
    """`alone`: the program named an intent that needs only the text."""

    intent: Intent
    text: str
    into: str = ""
    tone: str = ""
    alone: bool = False
    posts: Posts | None = None  # that a social_edit changes


class Session(msgspec.Struct, frozen=True):
    """`before`: messages before the question, oldest first."""

    summary: str = ""
    before: tuple[Spoken, ...] = ()
    preferences: Preferences = preferences.NONE


def messages(question: Question, session: Session, source: Source, *, budget: int = BUDGET) -> list[Message]:
    """Within the budget if it can be: the oldest messages of the session are left out first."""
    first = _system(
        prompts.instruction(
            question.intent,
            into=question.into,
            tone=question.tone,
            preferences=preferences.sentences(session.preferences),
        )
    )
    last = {"role": "user", "content": question.text}
    if question.alone:
        return [first, {"role": "user", "content": f"<data>\n{harmless(question.text)}\n</data>"}]
    if question.intent in SOCIAL:
        session = _masked(session, source.names)
    data = _data(question, source, round(budget * SOURCE_SHARE))
    left = budget - _tokens([first, last, *data])
    summary = []
    if session.summary:
        summary = [_system(f"What was said in this session before:\n{_fenced(session.summary)}")]
    if _tokens(summary) > left:
        summary = []
    window = _window(session.before, left - _tokens(summary))
    return [first, *data, *summary, *window, last]


def _masked(session: Session, names: Sequence[str]) -> Session:
    """An agent may have asked about the customer earlier in the session, and the copilot have named them."""
    before = tuple(
        msgspec.structs.replace(one, text=masking.masked(one.text, names)) for one in session.before[-WINDOW:]
    )
    return msgspec.structs.replace(session, summary=masking.masked(session.summary, names), before=before)


def _data(question: Question, source: Source, budget: int) -> list[Message]:
    public = question.intent in SOCIAL
    found: list[Message] = []
    if source.parts:
        text = _cut("\n\n".join(_part(one) for one in source.parts), budget)
        found.append(_system(f"{ARTICLE}\n{_fenced(text)}"))
    if source.lines:
        said = _lines(source, public=public, budget=budget)
        found.append(_system(f"{CONVERSATION}\n{_fenced(said)}"))
    if source.knowledge and not public:
        text = _cut("\n\n".join(_part(one) for one in source.knowledge), budget // 2)
        found.append(_system(f"Parts of the company's articles that may help:\n{_fenced(text)}"))
    if question.posts is not None:
        found.append(_system(f"The posts as they are:\n{_fenced(prompts.as_text(question.posts))}"))
    return found


def _lines(source: Source, *, public: bool, budget: int) -> str:
    """The newest that fit. For public posts the customer is masked before a model reads it."""
    kept: list[str] = []
    left = budget
    for line in reversed(source.lines):
        text = masking.masked(line.text, source.names) if public else line.text
        said = f"{_who(line, public=public)}: {text}"
        left -= len(said.encode()) // BYTES_PER_TOKEN + 1
        if left < 0:
            break
        kept.append(said)
    return "\n".join(reversed(kept))


def _who(line: Line, *, public: bool) -> str:
    match line.author:
        case "visitor":
            return "Customer"
        case "agent":
            return "Agent" if public or not line.name else f"Agent {line.name}"
        case "assistant":
            return "Assistant"
        case "system":
            return "Event"


def _window(before: Sequence[Spoken], left: int) -> list[Message]:
    found: list[Message] = []
    for one in reversed(before[-WINDOW:]):
        text = f"{one.text} [was stopped here]" if one.stopped else one.text
        message = {"role": "user" if one.role == "agent" else "assistant", "content": text}
        left -= _tokens([message])
        if left < 0:
            break
        found.append(message)
    return found[::-1]


def _part(part: Part) -> str:
    return f"# {part.title}\n{part.text}"


def _fenced(text: str) -> str:
    return f"<data>\n{harmless(text)}\n</data>"


def _cut(text: str, tokens: int) -> str:
    """At most so many tokens by the estimate, which counts bytes."""
    raw = text.encode()[: tokens * BYTES_PER_TOKEN]
    return raw.decode(errors="ignore")


def _system(text: str) -> Message:
    return {"role": "system", "content": text}


def _tokens(some: Sequence[Message]) -> int:
    return sum(len(str(one).encode()) // BYTES_PER_TOKEN + 4 for one in some)
