"""A workflow as its author drew it: nodes, and the node that each route leads to. Values only."""

from typing import Any, Final

import msgspec

FORMAT: Final = 1  # of the JSON form; a reader refuses a later one
MAX_BYTES: Final = 512 * 1024  # of the JSON form
MAX_NODES: Final = 200
MAX_PROMPT: Final = 8_000  # code points; also of a question and of a text for the visitor
MAX_NAME: Final = 80
MAX_CASES: Final = 10

NodeId = str
"""Chosen by the editor, unique in its workflow; "" where a route leads nowhere yet."""


class _Node(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    id: NodeId
    name: str = ""
    x: float = 0  # on the canvas
    y: float = 0


class Start(_Node, frozen=True, kw_only=True, tag="start"):
    """Where a conversation begins."""

    next: NodeId = ""


class Model(_Node, frozen=True, kw_only=True, tag="llm"):
    """The model answers the visitor, and may use these tools. Without `next` the workflow begins again."""

    prompt: str = ""
    tools: tuple[str, ...] = ()
    next: NodeId = ""


class Action(_Node, frozen=True, kw_only=True, tag="action"):
    """Runs a tool. `by_model`: the model sets the arguments that the author has not preset in `arguments`."""

    tool: str = ""
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)
    by_model: bool = False
    prompt: str = ""
    next: NodeId = ""


class Condition(_Node, frozen=True, kw_only=True, tag="condition"):
    """A question about the visitor's message."""

    question: str = ""
    yes: NodeId = ""
    no: NodeId = ""


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way out of a switch. `when`: what it stands for, said to the model."""

    name: str
    when: str = ""
    next: NodeId = ""


class Switch(_Node, frozen=True, kw_only=True, tag="switch"):
    """Which of the cases the visitor's message is."""

    question: str = ""
    cases: tuple[Case, ...] = ()
    default: NodeId = ""


class Collect(_Node, frozen=True, kw_only=True, tag="collect"):
    """Asks the visitor for a value. `otherwise`: after the last vain try; "": a person takes over."""

    variable: str = ""
    value_type: str = "text"  # one of core.assistant.values.TYPES
    question: str = ""
    next: NodeId = ""
    otherwise: NodeId = ""


class Handoff(_Node, frozen=True, kw_only=True, tag="handoff"):
    """A person takes over. `text`: for the visitor; `reason`: for the team."""

    reason: str = ""
    text: str = ""


class End(_Node, frozen=True, kw_only=True, tag="end"):
    """The workflow is over; the visitor's next message begins it again."""

    text: str = ""


Node = Start | Model | Action | Condition | Switch | Collect | Handoff | End


class Workflow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A graph. Exported and imported in this form."""

    nodes: tuple[Node, ...]
    format: int = FORMAT

    def node(self, id: NodeId) -> Node | None:
        """The node of that id; of several, the first."""
        return next((node for node in self.nodes if node.id == id), None)

    @property
    def start(self) -> NodeId:
        """Where it begins; "" for a draft without a start."""
        return next((node.id for node in self.nodes if isinstance(node, Start)), "")


class InvalidWorkflow(Exception):
    """Not the JSON form of a workflow. The text is for its author."""


def parse(data: bytes) -> Workflow:
    """From its JSON form; raises InvalidWorkflow. The graph may be incomplete: see validation.py."""
    if len(data) > MAX_BYTES:
        raise InvalidWorkflow(f"The workflow is larger than {MAX_BYTES // 1024} KiB.")
    try:
        made = _DECODER.decode(data)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InvalidWorkflow(f"This is not a workflow: {error}.") from None
    if made.format > FORMAT:
        raise InvalidWorkflow("The workflow was made by a later version of Parley.")
    return made


def pack(workflow: Workflow) -> bytes:
    """Its JSON form."""
    return msgspec.json.encode(workflow)


def routes(node: Node) -> tuple[tuple[str, NodeId], ...]:
    """The ways out of a node, each with its name; also those that lead nowhere."""
    match node:
        case Start() | Model() | Action():
            return (("next", node.next),)
        case Condition():
            return (("yes", node.yes), ("no", node.no))
        case Switch():
            return (*((case.name, case.next) for case in node.cases), ("default", node.default))
        case Collect():
            return (("next", node.next), ("otherwise", node.otherwise))
        case Handoff() | End():
            return ()


def waits(node: Node) -> bool:
    """Whether a turn ends there, so that what follows begins with a message of the visitor."""
    return isinstance(node, Model | Collect | Handoff | End)


_DECODER: Final = msgspec.json.Decoder(Workflow)
