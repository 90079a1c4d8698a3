"""Commands: requests that may be refused. Encoded as msgpack arrays `[type, …]` by core.command_codec.

Entries of the stream outlive a release: add positions only at the end; a new meaning gets a new type. The
types 1 and 3 were a visitor's and an agent's message.
"""

from typing import ClassVar, Literal

import msgspec

from core.content import NONE
from core.ids import ConversationId, MessageId, ProjectId, Ref, SocketId, UserId, VisitorId
from core.model import (
    Author,
    Editor,
    FormValues,
    MessageKind,
    Meta,
    Owner,
    OwnerReason,
    Reader,
    Restriction,
    Status,
)


class PostMessage(msgspec.Struct, array_like=True, tag=7, frozen=True):
    """A message of any author, in a conversation. `at` in ms since the epoch.

    A visitor's may start a conversation: `conversation` is then what the client believes, and must be the
    visitor's own. Every other author names an existing one.
    """

    project: ProjectId
    author: Author  # as the server or the worker authenticated it
    ref: Ref
    message: MessageId
    conversation: ConversationId | None
    kind: MessageKind
    body: str
    meta: Meta
    at: int
    language: str = ""  # a visitor's
    content: msgspec.Raw = NONE  # core.content
    ongoing: bool = False  # a hint: the gateway knows a conversation of the visitor that has not ended
    article: bytes | None = None  # that a visitor asks about, as the client says

    @property
    def visitor(self) -> VisitorId:
        """Of a visitor's message."""
        return VisitorId(self.author.id)


class EarlierPostMessage(PostMessage, frozen=True, kw_only=True):
    """A visitor's message by way of a server up to 0.2.0, which finds its socket by what its events repeat.

    Only read (core.command_codec); it goes when 0.2.0 leaves tests/releases.toml.
    """

    origin: SocketId
    rid: int


class WithheldMessage(PostMessage, array_like=True, tag=11, frozen=True):
    """A visitor's message from a blocked address. A type of its own: older workers would show it."""


class MarkRead(msgspec.Struct, array_like=True, tag=2, frozen=True):
    """`reader` has seen everything up to `seq`; the maximum is kept."""

    project: ProjectId
    conversation: ConversationId
    reader_kind: Reader
    reader: bytes
    reader_name: str
    seq: int
    at: int


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


class VerifyVisitor(msgspec.Struct, array_like=True, tag=10, frozen=True):
    """The customer's site has signed who its visitor is. `visitor`: ids.verified_visitor of `external_id`."""

    project: ProjectId
    visitor: VisitorId
    external_id: str
    facts: Meta
    at: int
    language: str = ""


class ChangeVisitor(msgspec.Struct, array_like=True, tag=12, frozen=True):
    """An agent renames, mutes or blocks a visitor.

    None: unchanged. "": the given name is removed, or the restriction lifted.
    """

    project: ProjectId
    user: UserId
    visitor: VisitorId
    at: int
    name: str | None = None
    restriction: Restriction | Literal[""] | None = None
    reason: str = ""


class EditMessage(msgspec.Struct, array_like=True, tag=8, frozen=True):
    """Replaces the text of a message. `version`: the one that the editor has seen; 0: as it was written."""

    project: ProjectId
    conversation: ConversationId
    message: MessageId
    editor: Editor
    body: str
    version: int
    at: int


class RedactMessage(msgspec.Struct, array_like=True, tag=9, frozen=True):
    """Removes what a message says, whatever it is by then. It keeps its `seq` and its author."""

    project: ProjectId
    conversation: ConversationId
    message: MessageId
    editor: Editor
    at: int


class DeleteConversation(msgspec.Struct, array_like=True, tag=19, frozen=True):
    """The conversation, with its messages, goes for good."""

    project: ProjectId
    user: UserId
    conversation: ConversationId
    at: int
    user_name: str = ""


class ChangeOwner(msgspec.Struct, array_like=True, tag=20, frozen=True):
    """Who answers the visitor from now on. `version`: of the owner that the author has seen; None: any."""

    project: ProjectId
    author: Author
    conversation: ConversationId
    owner: Owner
    reason: OwnerReason
    at: int
    version: int | None = None


class SendForm(msgspec.Struct, array_like=True, tag=13, frozen=True):
    """A form for the visitor, from an enabled template. `message`: the id of the request as well."""

    project: ProjectId
    author: Author
    ref: Ref
    message: MessageId
    conversation: ConversationId
    template: bytes
    expires_at: int | None  # ms since the epoch
    at: int


class AnswerForm(msgspec.Struct, array_like=True, tag=14, frozen=True):
    """A visitor answers the form `request`; or, before the first message, the form of `template`."""

    project: ProjectId
    visitor: VisitorId
    ref: Ref
    message: MessageId
    conversation: ConversationId | None
    request: MessageId | None
    template: bytes | None
    values: FormValues
    at: int
    language: str = ""
    meta: Meta = {}
    withheld: bool = False  # from a blocked address: agents do not see it


class FillForm(msgspec.Struct, array_like=True, tag=15, frozen=True):
    """An agent fills a template, without a request to the visitor."""

    project: ProjectId
    author: Author
    ref: Ref
    message: MessageId
    conversation: ConversationId
    template: bytes
    values: FormValues
    at: int


class CloseForm(msgspec.Struct, array_like=True, tag=16, frozen=True):
    """Ends a form that was sent: an agent cancels it, or it has `expired`, which is checked."""

    project: ProjectId
    user: UserId
    conversation: ConversationId
    request: MessageId
    expired: bool
    at: int
    user_name: str = ""


class EditAnswer(msgspec.Struct, array_like=True, tag=17, frozen=True):
    """Correct a filled form that has this `version`. `manager`: also one of another person."""

    project: ProjectId
    user: UserId
    conversation: ConversationId
    answer: MessageId
    values: FormValues
    version: int
    manager: bool
    at: int
    user_name: str = ""


class RemoveAnswer(msgspec.Struct, array_like=True, tag=18, frozen=True):
    """Remove the values of a filled form; its message stays. `manager`: also of another person's."""

    project: ProjectId
    user: UserId
    conversation: ConversationId
    answer: MessageId
    manager: bool
    at: int
    user_name: str = ""


class AskCopilot(msgspec.Struct, array_like=True, tag=21, frozen=True):
    """An agent asks the copilot, in a session of their own. `message`: the id of the question.

    `intent` "": it is found out from the text. `draft`: the posts that it changes. `about`: the message of a
    conversation that the text is of. `into`: a language. `tone`: of a text that is written anew.
    """

    project: ProjectId
    user: UserId
    session: bytes
    ref: Ref
    message: bytes
    text: str
    at: int
    intent: str = ""
    draft: bytes | None = None
    about: bytes | None = None
    into: str = ""
    tone: str = ""


class PostFiles(msgspec.Struct, array_like=True, tag=22, frozen=True):
    """A message with files that its author has uploaded. `body`: a caption, or empty.

    The rest is as of PostMessage.
    """

    project: ProjectId
    author: Author
    ref: Ref
    message: MessageId
    conversation: ConversationId | None
    files: tuple[bytes, ...]
    body: str
    at: int
    meta: Meta = {}
    language: str = ""  # a visitor's
    article: bytes | None = None
    withheld: bool = False  # from a blocked address: agents do not see it

    ongoing: ClassVar[bool] = False  # the hint of PostMessage is not given: files are rare

    @property
    def visitor(self) -> VisitorId:
        """Of a visitor's message."""
        return VisitorId(self.author.id)


FormCommand = SendForm | AnswerForm | FillForm | CloseForm | EditAnswer | RemoveAnswer
Command = (
    PostMessage
    | WithheldMessage
    | MarkRead
    | ChangeStatus
    | AssignConversation
    | IdentifyVisitor
    | VerifyVisitor
    | ChangeVisitor
    | EditMessage
    | RedactMessage
    | DeleteConversation
    | ChangeOwner
    | AskCopilot
    | PostFiles
    | FormCommand
)
