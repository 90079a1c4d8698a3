"""A turn of the assistant as values: what the engine asks for, what it receives, and what is kept."""

from typing import Any, Final

import msgspec

from core.assistant.graph import NodeId
from core.assistant.passages import Passage
from core.assistant.tools import Offer

MAX_STEPS: Final = 12  # of one turn; every request to the model and every tool is one
MAX_CALLS: Final = 8  # of the model
MAX_VISITS: Final = 3  # of one node
MAX_MS: Final = 60_000
MAX_TOKENS: Final = 1_500  # that the model writes
MAX_ASKED_AGAIN: Final = 2  # for one value
MAX_TEXT: Final = 5_000  # code points of the message; what is longer is cut
CUT: Final = "…"
BETWEEN: Final = "\n\n"  # two texts of one message


class Call(msgspec.Struct, frozen=True):
    """A tool call of the model. `arguments`: JSON, as the provider sent it."""

    id: str
    name: str
    arguments: str


class Result(msgspec.Struct, frozen=True):
    """A tool call and what the model is received about it."""

    call: Call
    words: str


class Exchange(msgspec.Struct, frozen=True):
    """An earlier answer of the model at the same node, with the results of its calls."""

    text: str
    results: tuple[Result, ...]


# What the engine asks for: one thing at a time.


class Ask(msgspec.Struct, frozen=True, tag="ask"):
    """Ask the model. `whole`: with the conversation; otherwise the model sees the visitor's message alone.

    `required`: the model must call a tool. `strict`: it did not do so at the first try. `spoken`: text of
    this node is shown to the visitor as it arrives.
    """

    node: NodeId
    instruction: str
    tools: tuple[Offer, ...] = ()
    required: bool = False
    strict: bool = False
    whole: bool = False
    spoken: bool = False
    before: tuple[Exchange, ...] = ()


class Run(msgspec.Struct, frozen=True, tag="run"):
    """Run a tool. `arguments` fit its schema."""

    node: NodeId
    tool: str
    arguments: dict[str, Any]
    call: Call | None = None  # of the model; None: the author's


class Say(msgspec.Struct, frozen=True, tag="say"):
    """Store the turn's one message."""

    text: str


class Wait(msgspec.Struct, frozen=True, tag="wait"):
    """The turn is over; the visitor's next message continues it."""


class HandOff(msgspec.Struct, frozen=True, tag="handoff"):
    """The turn is over, and a person takes over."""

    reason: str


class End(msgspec.Struct, frozen=True, tag="end"):
    """The turn and the workflow are over."""


class Fail(msgspec.Struct, frozen=True, tag="fail"):
    """The turn is over; the visitor gets the project's fallback, and a person is offered. `code`: stable."""

    code: str


Last = Wait | HandOff | End | Fail
Effect = Ask | Run | Say | Last


# What the engine is received.


class Replied(msgspec.Struct, frozen=True):
    """The model's answer. `refused`: the provider says that the model declined.

    `cited`: the numbers of the articles that the text cites; it has no marks of them any more.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    tokens: int = 0
    refused: bool = False
    cited: tuple[int, ...] = ()


class Ran(msgspec.Struct, frozen=True):
    """The tool's result; `words` are for the model. `passages`: those that the turn has with it, if any."""

    ok: bool
    words: str = ""
    passages: tuple[Passage, ...] = ()


class Said(msgspec.Struct, frozen=True):
    """The message is stored."""


class Failed(msgspec.Struct, frozen=True):
    """What was asked for cannot be had, such as `provider_unavailable`."""

    code: str


Input = Replied | Ran | Said | Failed


class Step(msgspec.Struct, frozen=True):
    """What happened at a node, for the page of the turn."""

    node: NodeId
    kind: str  # route, speak, act, collect, tool
    outcome: str


class Position(msgspec.Struct, frozen=True):
    """Where a conversation is between two turns. `version`: of the workflow it began with.

    `asked`: how often the value of a collect node was asked for; 0: the node was not entered yet.
    """

    version: int
    node: NodeId
    variables: dict[str, str] = {}
    asked: int = 0


class Turn(msgspec.Struct, frozen=True):
    """A turn between two effects. `effect`: what it waits for. Kept after each: another worker may go on.

    `began`: where the conversation is again when the turn fails. `messages`: the visitor's.
    `intent`: what the visitor wants, once it was found out. `uncovered`: the model says that no article
    answers the question; the message is the project's then, unless the model has spoken.
    """

    began: Position
    at: Position
    messages: tuple[str, ...]
    effect: Effect
    facts: dict[str, str] = {}
    text: str = ""
    last: Last | None = None  # what follows the message
    steps: tuple[Step, ...] = ()
    entered: tuple[NodeId, ...] = ()
    calls: int = 0
    tokens: int = 0
    strict: bool = False
    before: tuple[Exchange, ...] = ()
    answer: str = ""  # the model's text beside calls that are being run
    waiting: tuple[Call, ...] = ()  # calls of that answer that were not run yet
    results: tuple[Result, ...] = ()  # of those that were
    broken: tuple[str, ...] = ()  # tools that failed in this turn, and are not offered again
    intent: str = ""
    passages: tuple[Passage, ...] = ()  # of articles, in the order that numbers them
    cited: tuple[int, ...] = ()  # numbers of articles
    uncovered: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing is asked for any more."""
        return isinstance(self.effect, Wait | HandOff | End | Fail)


def joined(text: str, more: str) -> str:
    """Two texts of one message."""
    return f"{text}{BETWEEN}{more}" if text and more else text or more


def cut(text: str) -> str:
    """At most MAX_TEXT code points, with a mark where something is missing."""
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(CUT)] + CUT


_DECODER: Final = msgspec.msgpack.Decoder(Turn)


def pack(turn: Turn) -> bytes:
    """For its row."""
    return msgspec.msgpack.encode(turn)


def unpack(data: bytes) -> Turn:
    """From its row."""
    return _DECODER.decode(data)
