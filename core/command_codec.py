"""Commands as bytes in the stream: msgpack arrays `[type, …]`, in today's form and in that of 0.2.0.

Workers read both. Servers write the earlier form while a process lives that reads no other one.
"""

from typing import Final, get_args

import msgspec

from core import content
from core.commands import Command, EarlierPostMessage, PostMessage, WithheldMessage
from core.content import NONE
from core.errors import UNREADABLE, CoreError, LaterCommand, Poison
from core.ids import NO_SOCKET, ConversationId, MessageId, ProjectId, Ref, SocketId, UserId, VisitorId
from core.model import KINDS, PARTIES, Author, MessageKind, Meta

ID: Final = 16  # bytes


class _VisitorMessage(msgspec.Struct, array_like=True, tag=1, frozen=True):
    """A visitor's message, up to 0.2.0."""

    project: ProjectId
    visitor: VisitorId
    ref: Ref
    message: MessageId
    conversation: ConversationId | None
    kind: MessageKind
    body: str
    meta: Meta
    at: int
    origin: SocketId
    rid: int
    language: str = ""


class _AgentMessage(msgspec.Struct, array_like=True, tag=3, frozen=True):
    """An agent's message, up to 0.2.0; it never came by the stream, and could."""

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


_Readable = Command | _VisitorMessage | _AgentMessage
_EARLIER: Final = (_VisitorMessage, _AgentMessage)
_TYPES: Final = frozenset(kind.__struct_config__.tag for kind in get_args(_Readable))


class _Head(msgspec.Struct, array_like=True, frozen=True):
    """The first fields of a command in every release; the rest is skipped, but must be well-formed."""

    type: int
    project: ProjectId


encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(_Readable)
_head = msgspec.msgpack.Decoder(_Head).decode


def encode_earlier(command: Command) -> bytes:
    """The command as 0.2.0 reads it; what it would misunderstand stays for a worker that knows it."""
    if isinstance(command, PostMessage) and not isinstance(command, WithheldMessage):
        return encode(_visitor_message(command))
    return encode(command)


def decode(data: bytes) -> Command:
    """The command in `data`; raises LaterCommand for one of a later release, Poison for anything else."""
    try:
        read: _Readable = _decoder.decode(data)
    except UNREADABLE as error:
        raise _unread(data, str(error)) from None
    command = _present(read) if isinstance(read, _EARLIER) else read
    if isinstance(command, PostMessage):
        if command.kind not in KINDS:
            raise LaterCommand("a message kind that this release does not know")
        if command.author.party not in PARTIES:
            raise LaterCommand("a party that this release does not know")
        if command.content != NONE and not content.is_known(command.content):
            raise LaterCommand("content that this release does not know")
    return command


def _present(read: _VisitorMessage | _AgentMessage) -> PostMessage:
    if isinstance(read, _VisitorMessage):
        return EarlierPostMessage(
            read.project,
            Author("visitor", read.visitor),
            read.ref,
            read.message,
            read.conversation,
            read.kind,
            read.body,
            read.meta,
            read.at,
            read.language,
            origin=read.origin,
            rid=read.rid,
        )
    return PostMessage(
        read.project,
        Author("agent", read.user, read.user_name),
        read.ref,
        read.message,
        read.conversation,
        read.kind,
        read.body,
        read.meta,
        read.at,
    )


def _visitor_message(command: PostMessage) -> _VisitorMessage:
    return _VisitorMessage(
        command.project,
        command.visitor,
        command.ref,
        command.message,
        command.conversation,
        command.kind,
        command.body,
        command.meta,
        command.at,
        NO_SOCKET,
        0,
        command.language,
    )


def _unread(data: bytes, reason: str) -> CoreError:
    try:
        head = _head(data)
    except UNREADABLE:
        return Poison(reason)
    if head.type in _TYPES or len(head.project) != ID:
        return Poison(reason)
    return LaterCommand(f"command type {head.type}, which this release does not know")
