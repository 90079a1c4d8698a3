"""Events: committed facts. Encoded once, as msgpack arrays `[type, …]`, for all receivers.

Releases run side by side and read each other's events: add positions only at the end; a new meaning gets a
new type (below FIRST_SIGNAL); words (kinds, parties, statuses) are open strings. An event in the resume log
begins with the fields of Head, in every release.
"""

from typing import Final

import msgspec

from core.content import NONE
from core.ids import SYSTEM, ConversationId, MessageId, ProjectId, Ref, SocketId, UserId, VisitorId
from core.model import MessageKind, Meta


class MessagePosted(msgspec.Struct, array_like=True, tag=1, frozen=True):
    """A message was stored under its `seq`. `visitor` owns the conversation. `at` in ms since the epoch."""

    project: ProjectId
    conversation: ConversationId
    seq: int
    visitor: VisitorId
    message: MessageId
    ref: Ref | None
    author_party: str  # one of PARTIES; a later release may add others
    author: bytes
    author_name: str
    at: int
    kind: MessageKind
    body: str
    meta: Meta
    origin: SocketId | None  # for servers up to 0.2.0: the visitor's socket that sent it
    reopened: bool = False  # the message set the status back to open
    content: msgspec.Raw = NONE  # what a structured message adds: core.content
    change: int = 0  # of the conversation, if the message reopened it; 0: none, or of a release before 0.3


class MessageRepeated(msgspec.Struct, array_like=True, tag=2, frozen=True):
    """A ref that is already stored came again: the first result is sent to the sender again."""

    project: ProjectId
    conversation: ConversationId
    seq: int
    visitor: VisitorId
    message: MessageId
    ref: Ref
    at: int


class CommandRefused(msgspec.Struct, array_like=True, tag=3, frozen=True):
    """A visitor's message was refused: for the socket that waits for the answer to `ref`.

    `origin` and `rid` tell servers up to 0.2.0 which one that is.
    """

    project: ProjectId
    visitor: VisitorId
    origin: SocketId
    rid: int
    ref: Ref | None
    reason: str  # a Refusal; a later release may add others
    faults: dict[str, str] = {}  # of a form's values, by the keys of their fields: core.forms.answers.FAULTS


class ConversationChanged(msgspec.Struct, array_like=True, tag=4, frozen=True):
    """Status or assignee changed; `seq` is the last one at that moment. `assigned`: the assignee changed."""

    project: ProjectId
    conversation: ConversationId
    seq: int
    visitor: VisitorId
    at: int
    by: UserId
    status: str | None = None
    assigned: bool = False
    assignee: UserId | None = None
    assignee_name: str | None = None
    by_name: str = ""
    change: int = 0  # its number in the conversation, without a gap; 0: of a release before 0.3

    @property
    def by_party(self) -> str:
        """Never `visitor`: visitors change a status only by a message that reopens."""
        return "system" if self.by == SYSTEM else "agent"


class ConversationRead(msgspec.Struct, array_like=True, tag=5, frozen=True):
    """A reader's mark moved forward."""

    project: ProjectId
    conversation: ConversationId
    seq: int
    visitor: VisitorId
    reader_kind: str
    reader: bytes
    reader_name: str
    at: int


class VisitorChanged(msgspec.Struct, array_like=True, tag=6, frozen=True):
    """A visitor's facts changed without a message. `seq` is the conversation's last one.

    A message with new facts carries them itself, in `author_name` and `meta`.
    """

    project: ProjectId
    conversation: ConversationId
    seq: int
    visitor: VisitorId
    at: int
    name: str
    facts: Meta
    verified: Meta | None = None  # what the site signed; None: unchanged, or of a release before 0.3


class MessageEdited(msgspec.Struct, array_like=True, tag=7, frozen=True):
    """A message has another text. `seq` is the conversation's last one, `message_seq` the message's."""

    project: ProjectId
    conversation: ConversationId
    seq: int
    visitor: VisitorId
    at: int
    change: int  # its number in the conversation, without a gap; also the message's version
    message_seq: int
    message: MessageId
    kind: MessageKind
    by_party: str
    by: bytes
    by_name: str
    body: str
    content: msgspec.Raw = NONE


class MessageRedacted(msgspec.Struct, array_like=True, tag=8, frozen=True):
    """What a message said was removed. The relay drops the resume log, which may still have the text."""

    project: ProjectId
    conversation: ConversationId
    seq: int
    visitor: VisitorId
    at: int
    change: int
    message_seq: int
    message: MessageId
    kind: MessageKind
    by_party: str
    by: bytes
    by_name: str


class ConversationDeleted(msgspec.Struct, array_like=True, tag=13, frozen=True):
    """A conversation and its messages are gone. `seq` was its last one. No event of it follows."""

    project: ProjectId
    conversation: ConversationId
    seq: int
    visitor: VisitorId
    at: int
    by: UserId
    by_name: str = ""


class OwnerChanged(msgspec.Struct, array_like=True, tag=14, frozen=True):
    """Who answers the visitor changed, or a person acted for whom the assistant's turn under way ends."""

    project: ProjectId
    conversation: ConversationId
    seq: int
    visitor: VisitorId
    at: int
    owner: str
    reason: str  # one of core.model.OwnerReason; a later release may add others
    by_party: str
    by: bytes
    by_name: str
    change: int  # its number in the conversation, without a gap


class FormChanged(msgspec.Struct, array_like=True, tag=11, frozen=True):
    """A form that was sent has another state. `request`: its message; `answer`: the one that answered it."""

    project: ProjectId
    conversation: ConversationId
    seq: int
    visitor: VisitorId
    at: int
    request: MessageId
    state: str  # one of core.forms.states; a later release may add others
    answer: MessageId | None
    by_party: str
    by: bytes
    by_name: str
    change: int


class ForVisitor(msgspec.Struct, array_like=True, tag=10, frozen=True):
    """What a muted or blocked visitor did: for the visitor's own sockets, and for no agent and no consumer.

    `muted`: agents may read it when they look for it; screens that do are touched.
    """

    project: ProjectId
    conversation: ConversationId
    seq: int  # the conversation's last one
    visitor: VisitorId
    event: MessagePosted | ConversationRead | FormChanged
    muted: bool


class AnswerChanged(msgspec.Struct, array_like=True, tag=12, frozen=True):
    """A filled form was corrected or removed in place: the body and content that its message has now.

    Earlier events of the conversation in the resume log have the former values: the relay deletes the log.
    """

    project: ProjectId
    conversation: ConversationId
    seq: int
    visitor: VisitorId
    at: int
    answer: MessageId
    answer_seq: int
    body: str
    content: msgspec.Raw
    by: bytes
    by_name: str
    change: int


class CopilotAsked(msgspec.Struct, array_like=True, tag=15, frozen=True):
    """A question to the copilot is stored, as the `number`th message of a session of `user`.

    `waiting`: another turn of the session runs.
    """

    project: ProjectId
    user: UserId
    session: bytes
    ref: Ref
    message: bytes
    number: int
    at: int
    waiting: bool


class CopilotRefused(msgspec.Struct, array_like=True, tag=16, frozen=True):
    """A question to the copilot was refused: for the socket that waits for the answer to `ref`."""

    project: ProjectId
    user: UserId
    ref: Ref
    reason: str  # a Refusal; a later release may add others


Event = (
    MessagePosted
    | MessageRepeated
    | CommandRefused
    | ConversationChanged
    | ConversationRead
    | VisitorChanged
    | ForVisitor
    | MessageEdited
    | MessageRedacted
    | ConversationDeleted
    | FormChanged
    | AnswerChanged
    | OwnerChanged
    | CopilotAsked
    | CopilotRefused
)
Counted = (
    MessagePosted
    | ConversationChanged
    | MessageEdited
    | MessageRedacted
    | FormChanged
    | AnswerChanged
    | OwnerChanged
)
"""Events whose `change` is a number of the conversation's counter, where it is not 0."""

Altering = ConversationChanged | MessageEdited | MessageRedacted | FormChanged | AnswerChanged | OwnerChanged
"""Events of a conversation that changed without a new message."""

FIRST_SIGNAL: Final = 32
"""Types from here on are signals: ephemeral, so a reader may skip an unknown one."""


class Head(msgspec.Struct, array_like=True, frozen=True):
    """The first fields of every event of a conversation, also in later releases."""

    type: int
    project: ProjectId
    conversation: ConversationId
    seq: int
    visitor: VisitorId


DELETED: Final = "conversation_deleted"
"""The kind of ConversationDeleted: the relay forgets the conversation's resume log after it."""

OWNER: Final = "owner_changed"
"""The kind of OwnerChanged: the relay tells workers, who end the assistant's turn under way."""

COPILOT: Final = "copilot_asked"
"""The kind of CopilotAsked: the relay tells workers, who begin the turn."""

_KINDS: Final[dict[type[Event], str]] = {
    MessagePosted: "message_posted",
    MessageRepeated: "message_repeated",
    CommandRefused: "command_refused",
    ConversationRead: "conversation_read",
    VisitorChanged: "visitor_changed",
    ForVisitor: "for_visitor",
    MessageEdited: "message_edited",
    MessageRedacted: "message_redacted",
    ConversationDeleted: DELETED,
    FormChanged: "form_changed",
    AnswerChanged: "form_answer_changed",
    OwnerChanged: OWNER,
    CopilotAsked: COPILOT,
    CopilotRefused: "copilot_refused",
}


def kind(event: Event) -> str:
    """The word for what happened by which consumers choose events, in `outbox.kind`."""
    if isinstance(event, ConversationChanged):
        return "conversation_assigned" if event.assigned else "status_changed"
    return _KINDS[type(event)]


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Event).decode
decode_head = msgspec.msgpack.Decoder(Head).decode
