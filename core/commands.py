"""Commands: requests that may be refused. Encoded as msgpack arrays `[type, …]` in the stream.

Entries outlive a release: add positions only at the end; a new meaning gets a new type.
"""

from typing import Final, get_args

import msgspec

from core import content
from core.content import NONE
from core.errors import UNREADABLE, CoreError, LaterCommand, Poison
from core.ids import ConversationId, MessageId, ProjectId, Ref, SocketId, UserId, VisitorId
from core.model import KINDS, MessageKind, Meta, Reader, Status

ID: Final = 16  # bytes


class PostMessage(msgspec.Struct, array_like=True, tag=1, frozen=True):
    """A visitor's message, with the sender that the gateway authenticated. `at` in ms since the epoch."""

    project: ProjectId
    visitor: VisitorId
    ref: Ref
    message: MessageId
    conversation: ConversationId | None  # as the client believes; must be the visitor's own
    kind: MessageKind
    body: str
    meta: Meta
    at: int
    origin: SocketId  # the socket that sent it: the text is published to the other tabs only
    rid: int
    language: str = ""
    content: msgspec.Raw = NONE


class MarkRead(msgspec.Struct, array_like=True, tag=2, frozen=True):
    """`reader` has seen everything up to `seq`; the maximum is kept."""

    project: ProjectId
    conversation: ConversationId
    reader_kind: Reader
    reader: bytes
    reader_name: str
    seq: int
    at: int


class PostReply(msgspec.Struct, array_like=True, tag=3, frozen=True):
    """An agent's message into an existing conversation. `content`: core.content."""

    project: ProjectId
    user: UserId
    user_name: str
    ref: Ref
    message: MessageId
    conversation: ConversationId
    kind: MessageKind
    body: str
    meta: Meta
    at: int
    content: msgspec.Raw = NONE


class ChangeStatus(msgspec.Struct, array_like=True, tag=4, frozen=True):
    project: ProjectId
    user: UserId
    conversation: ConversationId
    status: Status
    at: int
    user_name: str = ""


class AssignConversation(msgspec.Struct, array_like=True, tag=5, frozen=True):
    """`assignee` None: unassigned."""

    project: ProjectId
    user: UserId
    conversation: ConversationId
    assignee: UserId | None
    at: int
    user_name: str = ""


class IdentifyVisitor(msgspec.Struct, array_like=True, tag=6, frozen=True):
    """The page identifies its visitor, between two messages. Unverified: any script of the page can do it."""

    project: ProjectId
    visitor: VisitorId
    facts: Meta
    at: int


Command = PostMessage | MarkRead | PostReply | ChangeStatus | AssignConversation | IdentifyVisitor

encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Command)
_TYPES: Final = frozenset(kind.__struct_config__.tag for kind in get_args(Command))


class _Head(msgspec.Struct, array_like=True, frozen=True):
    """The first fields of a command in every release; the rest is skipped, but must be well-formed."""

    type: int
    project: ProjectId


_head = msgspec.msgpack.Decoder(_Head).decode


def decode(data: bytes) -> Command:
    """The command in `data`; raises LaterCommand for one of a later release, Poison for anything else."""
    try:
        command: Command = _decoder.decode(data)
    except UNREADABLE as error:
        raise _unread(data, str(error)) from None
    if isinstance(command, PostMessage | PostReply):
        if command.kind not in KINDS:
            raise LaterCommand("a message kind that this release does not know")
        if command.content != NONE and not content.is_known(command.content):
            raise LaterCommand("content that this release does not know")
    return command


def _unread(data: bytes, reason: str) -> CoreError:
    try:
        head = _head(data)
    except UNREADABLE:
        return Poison(reason)
    if head.type in _TYPES or len(head.project) != ID:
        return Poison(reason)
    return LaterCommand(f"command type {head.type}, which this release does not know")
