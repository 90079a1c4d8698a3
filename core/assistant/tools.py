"""What the assistant can do besides speaking: a schema for each tool. Carried out by the worker, as commands.

Ids never come from the model: it names a template or a member, and the worker looks the name up in the
project of the conversation.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, Literal

import msgspec

from core.assistant.passages import MAX_QUERY
from core.assistant.values import MAX_TEXT

MAX_NOTE: Final = 2_000  # code points
MAX_NAME: Final = 200
MAX_REASON: Final = 500

Note = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NOTE)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)]


class _Tool(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class AddVisitorNote(_Tool, frozen=True, tag_field="tool", tag="add_visitor_note"):
    """Writes an internal note about the visitor. Only the team sees it."""

    content: Note


class ChangeStatus(_Tool, frozen=True, tag_field="tool", tag="change_status"):
    """Sets the status of the conversation."""

    status: Literal["open", "pending", "solved"]


class SendForm(_Tool, frozen=True, tag_field="tool", tag="send_form"):
    """Sends the visitor a form to fill in."""

    template: Name


class Assign(_Tool, frozen=True, tag_field="tool", tag="assign"):
    """Assigns the conversation to a member of the team; without one, takes the assignment away."""

    member: Annotated[str, msgspec.Meta(max_length=MAX_NAME)] = ""


class SetVisitor(_Tool, frozen=True, tag_field="tool", tag="set_visitor"):
    """Stores the visitor's name or email address, as the visitor gave it."""

    name: Annotated[str, msgspec.Meta(max_length=MAX_NAME)] = ""
    email: Annotated[str, msgspec.Meta(max_length=MAX_NAME)] = ""


class SearchArticles(_Tool, frozen=True, tag_field="tool", tag="search_articles"):
    """Searches the company's articles. Say in a few words what is to be found."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_QUERY)]


class HandOver(_Tool, frozen=True, tag_field="tool", tag="handoff"):
    """Hands the conversation over to a person, because the visitor asks for one or you cannot help."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_REASON)]


class Route(_Tool, frozen=True, tag_field="tool", tag="route"):
    """Says whether the answer to the question is yes or no."""

    path: Literal["yes", "no"]


class Choose(_Tool, frozen=True, tag_field="tool", tag="switch"):
    """Says which case the message is."""

    case: Name


class CollectValue(_Tool, frozen=True, tag_field="tool", tag="collect"):
    """Gives the value that was asked for, as the visitor wrote it."""

    value: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]


class NotCovered(_Tool, frozen=True, tag_field="tool", tag="not_covered"):
    """Says that neither the articles nor your instructions answer the visitor's question."""


Tool = AddVisitorNote | ChangeStatus | SendForm | Assign | SetVisitor | SearchArticles | HandOver
"""The tools that a workflow may use."""

TOOLS: Final[Mapping[str, type[Tool]]] = {
    str(one.__struct_config__.tag): one
    for one in (AddVisitorNote, ChangeStatus, SendForm, Assign, SetVisitor, SearchArticles, HandOver)
}
_INTERNAL: Final[Mapping[str, type[msgspec.Struct]]] = {
    str(one.__struct_config__.tag): one for one in (Route, Choose, CollectValue, NotCovered)
}


class Offer(msgspec.Struct, frozen=True):
    """A tool as a provider is told about it. `parameters`: a JSON schema."""

    name: str
    description: str
    parameters: dict[str, Any]


class BadArguments(Exception):
    """The arguments do not fit the tool. The text is for the model."""


def offer(
    name: str, *, preset: Iterable[str] = (), choices: Mapping[str, Iterable[str]] | None = None
) -> Offer:
    """`preset`: parameters that the author has set. `choices`: the values that a parameter may have."""
    schema = _schema(_struct(name))
    hidden = {"tool", *preset}
    properties = {key: value for key, value in schema["properties"].items() if key not in hidden}
    for key, allowed in (choices or {}).items():
        if key in properties:
            properties[key] = {"type": "string", "enum": list(allowed)}
    return Offer(
        name,
        schema["description"],
        {
            "type": "object",
            "properties": properties,
            "required": [key for key in schema["required"] if key in properties],
            "additionalProperties": False,
        },
    )


def read(name: str, arguments: Mapping[str, Any]) -> msgspec.Struct:
    """The call as a value; raises BadArguments."""
    made = _struct(name)
    try:
        read = msgspec.convert({key: value for key, value in arguments.items() if key != "tool"}, made)
    except msgspec.ValidationError as error:
        raise BadArguments(f"{error}.") from None
    if any("\0" in value for value in msgspec.structs.astuple(read)):
        raise BadArguments("A text cannot have the character NUL.")  # Postgres would refuse it
    return read


def decoded(arguments: str) -> dict[str, Any]:
    """The arguments as a provider sends them, JSON in a string; raises BadArguments."""
    try:
        return msgspec.json.decode(arguments or "{}", type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        raise BadArguments("The arguments are not a JSON object.") from None


def preset_fault(name: str, arguments: Mapping[str, Any], *, complete: bool) -> bool:
    """Whether an author's arguments do not fit the tool. `complete`: no other arguments will come."""
    known = TOOLS[name].__struct_fields__
    if any(key not in known for key in arguments):
        return True
    required = TOOLS[name].__struct_fields__[: len(known) - len(TOOLS[name].__struct_defaults__)]
    filler: dict[str, Any] = {"status": "open"}
    given = dict(arguments) if complete else {key: filler.get(key, "x") for key in required} | dict(arguments)
    try:
        read(name, given)
    except BadArguments:
        return True
    return False


def _struct(name: str) -> type[msgspec.Struct]:
    made = TOOLS.get(name) or _INTERNAL.get(name)
    if made is None:
        raise BadArguments("There is no such tool.")
    return made


def _schema(tool: type[msgspec.Struct]) -> dict[str, Any]:
    schema = msgspec.json.schema(tool)
    name = schema["$ref"].rpartition("/")[2]
    made: dict[str, Any] = schema["$defs"][name]
    return made
