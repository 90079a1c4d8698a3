"""What a structured message adds to its text: one value of a tagged union, open for readers.

Its form is the same everywhere (jsonb, msgpack, JSON, TypeScript): an object whose `type` is the tag, ids as
canonical UUID text. Commands and events carry it packed: what is between its writer and the sockets passes
it on unread. A structured message also has a `body`, the same in plain text: for search, mails and readers
that do not know the type.
"""

import math
from typing import Any, Final
from uuid import UUID

import msgspec

from core.errors import UNREADABLE

MAX_BYTES: Final = 16 * 1024  # packed
MAX_DEPTH: Final = 6  # arrays and objects, the content itself included
MAX_INTEGER: Final = 2**53  # beyond it JavaScript rounds
MAX_TYPE: Final = 32  # characters
MAX_FILES: Final = 10  # of one message: with the longest names they fit into MAX_BYTES
MAX_MENTIONS: Final = 10  # in one note
MAX_SOURCES: Final = 5  # of one answer: with the longest titles and addresses they fit into MAX_BYTES

Value = dict[str, Any]
"""The content as an object, also one that this release does not know."""


class FormField(msgspec.Struct, frozen=True, omit_defaults=True):
    """`type`: one of FIELD_TYPES, an open word for readers. `options`: of a select and a multiselect.

    `required`: of a boolean, that it is true, as for a consent.
    """

    key: str
    label: str
    type: str
    required: bool = False
    options: tuple[str, ...] = ()


class FormRequest(msgspec.Struct, tag="form_request", frozen=True, omit_defaults=True):
    """A form for the visitor to fill, a snapshot of its template. The message's id identifies the request.

    `state` and `answer` are not stored with it: histories add them (core.db.forms.requests). None: open.
    """

    template: UUID
    name: str
    fields: tuple[FormField, ...]
    expires_at: int | None = None  # ms since the epoch
    description: str = ""
    state: str | None = None  # one of core.forms.states
    answer: UUID | None = None  # the message that answered


FieldValue = str | bool | tuple[str, ...] | None


class FormValue(msgspec.Struct, frozen=True):
    """One answer and its label. Numbers in decimal form, dates as YYYY-MM-DD; None: left empty.

    Of a multiselect: the chosen options, at least one.
    """

    key: str
    label: str
    value: FieldValue


class FormAnswer(msgspec.Struct, tag="form_answer", frozen=True, omit_defaults=True):
    """A filled form. `request`: the message that asked; None: filled by an agent, or before the chat.

    Corrected and removed in place: `version` counts it. `removed`: without values then.
    """

    template: UUID
    name: str
    values: tuple[FormValue, ...]
    request: UUID | None = None
    version: int = 1
    edited_at: int | None = None  # ms since the epoch
    removed: bool = False


class AttachedFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A stored file. `size` in bytes; `width` and `height` in pixels, of images. `thumbnail`: it has one."""

    id: UUID
    name: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None
    thumbnail: bool = False


class Attachment(msgspec.Struct, tag="attachment", frozen=True, omit_defaults=True):
    """The files of a message. `captioned`: its body is what the sender wrote; else it is the names alone."""

    files: tuple[AttachedFile, ...]
    captioned: bool = False


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """An article that an answer cites, in the version that was read. `url`: where it stands on the web."""

    article: UUID
    version: int
    title: str
    url: str = ""


class AssistantTurn(msgspec.Struct, tag="assistant_turn", frozen=True, omit_defaults=True):
    """The turn whose text the message is. `stopped`: a person ended it before its end."""

    turn: UUID
    stopped: bool = False
    sources: tuple[Source, ...] = ()


class Mentioned(msgspec.Struct, frozen=True):
    """A teammate that a text names. `name`: as it stands in the text, after an "@"."""

    user: UUID
    name: str


class Mentions(msgspec.Struct, tag="mentions", frozen=True):
    """The teammates that an internal note names."""

    users: tuple[Mentioned, ...]


class Unknown(msgspec.Struct, frozen=True):
    """Content that this release cannot read: of a later type, or of a known one in a later form."""

    type: str


FIELD_TYPES: Final = ("text", "number", "date", "boolean", "select", "multiselect")
CHOICES: Final = ("select", "multiselect")
"""Types of fields with options."""

Content = FormRequest | FormAnswer | Attachment | AssistantTurn | Mentions

KIND: Final = {
    "form_request": "form_request",
    "form_answer": "form_answer",
    "attachment": "attachment",
    "assistant_turn": "text",
    "mentions": "note",
}
"""The kind of message that each type of content belongs to."""
TYPES: Final = tuple(KIND)
STRUCTURED: Final = frozenset(KIND.values()) - {"text", "note"}
"""Kinds that are nothing without content."""

NONE: Final = msgspec.Raw(b"\xc0")
"""No content, packed."""


class _Tag(msgspec.Struct, frozen=True):
    """The type of any content; the rest is skipped."""

    type: str


pack = msgspec.msgpack.Encoder().encode
_tag = msgspec.msgpack.Decoder(_Tag).decode
_unpack = msgspec.msgpack.Decoder(Value).decode


def packed(content: Content | None) -> msgspec.Raw:
    """For a command."""
    return NONE if content is None else msgspec.Raw(pack(content))


def is_known(given: msgspec.Raw) -> bool:
    """Whether this release knows the type; True also without a readable type, which rules.check refuses."""
    try:
        return _tag(given).type in KIND
    except UNREADABLE:
        return True


def value(given: msgspec.Raw) -> Value | None:
    """The content as an object; None also for one outside the bounds: then the body is what can be shown.

    The bounds are checked here because any client of Redis can publish an event.
    """
    if given == NONE or memoryview(given).nbytes > MAX_BYTES:
        return None
    try:
        found: Value = _unpack(given)
    except UNREADABLE:
        return None
    kind = found.get("type")
    return found if isinstance(kind, str) and len(kind) <= MAX_TYPE and _bounded(found, MAX_DEPTH) else None


def read(given: Value | None) -> Content | Unknown | None:
    """The content as a typed value. Never raises for an object that `value` gave."""
    if given is None:
        return None
    try:
        typed: Content = msgspec.convert(given, Content)
    except msgspec.ValidationError:
        return Unknown(given["type"])
    return typed


def summary(content: Content | Unknown) -> str | None:
    """The content in a list of conversations; None: its body is shown. The dashboard has the same rule."""
    match content:
        case FormRequest():
            return content.name
        case FormAnswer():
            given = [text for one in content.values if (text := _shown(one.value))]
            return f"{content.name}: {', '.join(given)}" if given else content.name
        case Attachment() | AssistantTurn() | Mentions() | Unknown():
            return None


def _shown(value: FieldValue) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return "✓" if value is True else value or ""


def _bounded(part: object, depth: int) -> bool:
    """Whether Postgres can store it as jsonb and every client can read it."""
    match part:
        case None | bool():
            return True
        case str():
            return "\0" not in part
        case int():
            return -MAX_INTEGER <= part <= MAX_INTEGER
        case float():
            return math.isfinite(part)
        case list():
            return depth > 0 and all(_bounded(one, depth - 1) for one in part)
        case dict():
            return depth > 0 and all(
                isinstance(name, str) and "\0" not in name and _bounded(one, depth - 1)
                for name, one in part.items()
            )
        case _:
            return False  # bytes and extension types, which JSON has not
