"""The JSON schemas of the test chat: what the engine asks for, and what the author answers."""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from core.assistant.graph import Workflow
from core.assistant.turn import MAX_TEXT
from server.api.assistant.testing_state import MAX_STATE
from server.api.http.fields import NO_NUL

MAX_CALLS: Final = 8  # of one answer
Text = Annotated[str, Meta(max_length=MAX_TEXT, pattern=NO_NUL)]
Message = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT, pattern=NO_NUL)]
Word = Annotated[str, Meta(max_length=200, pattern=NO_NUL)]
State = Annotated[str, Meta(max_length=MAX_STATE)]


class ToolOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that the model may call. `parameters`: a JSON schema."""

    name: str
    description: str
    parameters: dict[str, Any]


class TestPassage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a published article, under the `number` of its article, by which an answer cites it."""

    number: int
    article_id: UUID
    version: int
    title: str
    heading: str
    content: str


class TestAsk(msgspec.Struct, frozen=True, kw_only=True, tag="ask"):
    """Answer as the model, by `replied`. `required`: it must call a tool; `strict`: asked for a second time.

    `whole`: it sees the conversation, not only the visitor's messages. `intent`: what the visitor wants, by
    the rules that come before a model; empty where no article is published, or the visitor gets no text here.
    `passages`: what the model is given of articles.
    """

    node: str
    instruction: str
    tools: list[ToolOffer]
    required: bool
    strict: bool
    whole: bool
    intent: str
    passages: list[TestPassage]


class TestRun(msgspec.Struct, frozen=True, kw_only=True, tag="run"):
    """A tool would run: answer by `ran`."""

    node: str
    tool: str
    arguments: dict[str, Any]


class TestSay(msgspec.Struct, frozen=True, kw_only=True, tag="say"):
    """The turn's message: answer by `said`."""

    text: str


class TestWait(msgspec.Struct, frozen=True, kw_only=True, tag="wait"):
    """The turn is over; the visitor's next message continues it."""


class TestHandoff(msgspec.Struct, frozen=True, kw_only=True, tag="handoff"):
    """The turn is over, and a person takes over."""

    reason: str


class TestEnd(msgspec.Struct, frozen=True, kw_only=True, tag="end"):
    """The turn and the workflow are over."""


class TestFail(msgspec.Struct, frozen=True, kw_only=True, tag="fail"):
    """The turn is over; the visitor would read the fallback."""

    code: str


TestEffect = TestAsk | TestRun | TestSay | TestWait | TestHandoff | TestEnd | TestFail


class TestCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tool call of the model. `arguments`: JSON in a string, as a provider sends it."""

    name: Word
    arguments: Text = ""


class TestReplied(msgspec.Struct, frozen=True, kw_only=True, tag="replied", forbid_unknown_fields=True):
    """The model's answer."""

    text: Text = ""
    calls: Annotated[list[TestCall], Meta(max_length=MAX_CALLS)] = []


class TestRan(msgspec.Struct, frozen=True, kw_only=True, tag="ran", forbid_unknown_fields=True):
    """The tool's result; `words` are for the model."""

    ok: bool
    words: Text = ""


class TestSaid(msgspec.Struct, frozen=True, kw_only=True, tag="said", forbid_unknown_fields=True):
    """The message is stored."""


class TestFailed(msgspec.Struct, frozen=True, kw_only=True, tag="failed", forbid_unknown_fields=True):
    """What was asked for cannot be had."""

    code: Word


TestReceived = TestReplied | TestRan | TestSaid | TestFailed


class TestStepInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`state`: of the step before; null begins a chat. `messages`: of the visitor, where a turn begins.

    `received`: the answer to the last effect, while a turn goes on. Send one of the two.
    """

    workflow: Workflow
    state: State | None = None
    messages: Annotated[list[Message], Meta(min_length=1, max_length=4)] | None = None
    received: TestReceived | None = None


class TestChatStep(msgspec.Struct, frozen=True, kw_only=True):
    """What happened at a node. `kind`: effect, route, speak, act, collect or tool; there may be others."""

    node: str
    kind: str
    outcome: str


class TestChat(msgspec.Struct, frozen=True, kw_only=True):
    """`steps`: of this turn so far. `node` and `variables`: where the conversation is, and what it knows.

    `text`: what the turn says so far. `over`: the next step begins a turn, with messages.
    """

    state: str
    effect: TestEffect
    steps: list[TestChatStep]
    node: str
    variables: dict[str, str]
    text: str
    over: bool
