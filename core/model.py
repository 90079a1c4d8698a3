"""The rows of Postgres as values. Times in ms since the epoch; every tenant's row has its `project`."""

from typing import Final, Literal

import msgspec

from core.content import Value
from core.ids import ConversationId, MessageId, ProjectId, Ref, UserId, VisitorId

Status = Literal["open", "pending", "solved", "spam"]
MessageKind = str
"""An open set for readers: a later release may write a kind that is not in KINDS."""
KINDS: Final = ("text", "note", "system", "form_request", "form_answer", "attachment")
FORMS: Final = frozenset({"form_request", "form_answer"})
"""Kinds that mark their conversation as one with a form."""
HIDDEN_FROM_VISITORS: Final = ("note",)
"""Kinds that only agents see. Final: older releases send every other kind to visitors."""
EDITABLE: Final = ("text", "note")
"""Kinds whose text a person wrote, so that it can be edited."""
Meta = dict[str, str | int | bool | None]
FormValues = dict[str, str | bool | list[str] | None]
"""What a person fills into a form, by the keys of its fields."""
Reader = Literal["visitor", "agent"]

Restriction = Literal["muted", "blocked"]
"""Of a visitor. Messages of a muted one notify no agent; those of a blocked one reach none."""
Owner = Literal["assistant", "person"]
"""Who answers the visitor of a conversation; None: the assistant has never answered in it."""
OwnerReason = Literal[
    "began",
    "replied",
    "taken_over",
    "assigned",
    "solved",
    "declined",
    "handed_over",
    "released",
    "reopened",
]
"""Why it is who it is. `declined`: the visitor asked for a person; `handed_over`: the assistant did."""
HistoryMode = Literal["forever", "limit_to_active"]
Role = Literal["agent", "manager"]
Party = str
"""Who wrote a message; an open set, as MessageKind is."""
PARTIES: Final = ("visitor", "agent", "assistant", "system")
AttachedBy = Literal["everyone", "agents", "nobody"]
UserState = Literal["active", "deactivated", "suspended", "deleted"]
TokenPurpose = Literal["verify_email", "reset_password", "change_email"]


class Project(msgspec.Struct, frozen=True):
    """A tenant. `version` counts the changes of its settings.

    `require_verified`: what pages say about visitors without a signature is ignored. `ask_consent`: widgets
    store nothing and open no connection before their visitor acts.
    """

    id: ProjectId
    name: str
    domains: tuple[str, ...]
    history_mode: HistoryMode
    version: int
    created_at: int
    require_verified: bool = False
    ask_consent: bool = False
    reopen_on_reply: bool = False  # an agent's reply reopens a solved conversation
    attachments: AttachedBy = "everyone"  # who may attach files


class User(msgspec.Struct, frozen=True):
    """A person with an account. `password_hash` None: no password is set."""

    id: UserId
    email: str
    full_name: str
    password_hash: str | None
    created_at: int
    state: UserState
    email_verified_at: int | None
    is_admin: bool
    language: str
    timezone: str
    signed_in_at: int | None  # the last time


class Profile(msgspec.Struct, frozen=True):
    """A user's own view of the account."""

    id: UserId
    email: str
    full_name: str
    language: str
    timezone: str
    avatar: bytes | None  # its version
    is_admin: bool
    has_password: bool
    two_factor: bool
    pending_email: str | None  # requested and not confirmed yet
    created_at: int
    recovery_codes: int  # unused ones
    mail_on_assignment: bool
    mail_on_mention: bool


class Avatar(msgspec.Struct, frozen=True):
    """A picture of at most 48,000 bytes."""

    media_type: str
    image: bytes


class UserToken(msgspec.Struct, frozen=True):
    """A mailed token: its user, and the address that the mail went to."""

    user: UserId
    email: str
    password_hash: str | None


class Membership(msgspec.Struct, frozen=True):
    """One project of a user, with the user's role in it."""

    project: ProjectId
    project_name: str
    user: UserId
    role: Role


class Session(msgspec.Struct, frozen=True):
    """A sign-in that can be refreshed until `expires_at`; only the sha-256 of the refresh token is stored."""

    id: bytes
    user: UserId
    created_at: int
    expires_at: int
    rotated_at: int  # when its newest refresh token was issued


class Device(msgspec.Struct, frozen=True):
    """Where a sign-in is used: the browser's user agent, and the client's address."""

    session: bytes
    device: str
    address: str
    created_at: int
    last_used_at: int


class Visitor(msgspec.Struct, frozen=True):
    """A person with at least one message, or a verified one.

    `name` is the displayed name, also when none was given. `facts`: what the site's page said about them,
    unverified. `verified`: what the site signed; None for an anonymous visitor, as `external_id` is.
    """

    project: ProjectId
    id: VisitorId
    name: str
    language: str
    created_at: int
    facts: Meta
    given_name: str  # by an agent; "": none
    external_id: str | None = None
    verified: Meta | None = None
    verified_at: int | None = None


class Conversation(msgspec.Struct, frozen=True):
    """`ended_at` None: the visitor's active one, of which there is at most one."""

    project: ProjectId
    id: ConversationId
    visitor: VisitorId
    status: Status
    assignee: UserId | None
    last_seq: int
    snippet: str
    last_message_at: int
    created_at: int
    ended_at: int | None
    last_change: int  # counts what altered it without a new message
    has_form: bool = False
    has_note: bool = False  # agents keep notes about the visitor
    owner: Owner | None = None
    owner_reason: OwnerReason | None = None


class LastMessage(msgspec.Struct, frozen=True):
    """The kind and sender of the message that a conversation's snippet shows."""

    kind: MessageKind
    party: Party
    sender: bytes
    sender_name: str
    redacted: bool = False


class Listed(msgspec.Struct, frozen=True):
    """A conversation in the list of one agent: with names and read marks (0: nothing read).

    `visitor_email`: as the site signed for a verified visitor, else as its page said. `waiting_since`: when
    the visitor of an open conversation wrote first after the last answer, among its last 200 messages. Where
    a person is to answer instead of the assistant, what the assistant said is no answer.
    """

    conversation: Conversation
    visitor_name: str
    assignee_name: str | None
    read_seq: int  # of the agent who asks
    visitor_read_seq: int
    visitor_email: str
    last_message: LastMessage | None
    restriction: Restriction | None  # of the visitor
    withheld: bool  # agents see only a part: the visitor is blocked, or wrote from a blocked address
    waiting_since: int | None = None

    @property
    def unread(self) -> int:
        """How many messages the agent who asks has not seen."""
        return self.conversation.last_seq - self.read_seq


class Spot(msgspec.Struct, frozen=True):
    """A cursor: where a page of the conversation list ended; the next one starts after it."""

    last_message_at: int
    conversation: ConversationId


class PastConversation(msgspec.Struct, frozen=True):
    """One of a visitor's conversations, in the list of all of them."""

    id: ConversationId
    status: Status
    snippet: str
    last_message_at: int
    created_at: int
    ended_at: int | None
    assignee_name: str | None


class VisitorsConversation(msgspec.Struct, frozen=True):
    """The visitor's view of a conversation."""

    id: ConversationId
    status: Status
    assignee_name: str | None
    last_seq: int
    agent_read_seq: int  # the furthest of all agents
    read_seq: int  # the visitor's own
    last_change: int
    owner: Owner | None = None


class Author(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Who wrote a message. The id of an assistant and of the system is ids.SYSTEM.

    `name`: as it is shown, and kept with the message. Empty for visitors: theirs may change later.
    """

    party: Party
    id: bytes
    name: str = ""


class Editor(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Who edits or redacts a message, as the server authenticated it; the audit log gets all of it.

    `manages`: may alter what others wrote. `api_key`: the author is a key and not a user. `address` and
    `agent` are the client's.
    """

    author: Author
    manages: bool = False
    api_key: bool = False
    address: str = ""
    agent: str = ""


class Message(msgspec.Struct, frozen=True):
    """One message; `seq` has no gaps within its conversation."""

    project: ProjectId
    conversation: ConversationId
    seq: int
    id: MessageId
    party: Party
    sender: bytes
    sender_name: str
    ref: Ref
    kind: MessageKind
    body: str
    meta: Meta
    at: int
    content: Value | None = None
    version: int = 0  # the number of the conversation's change that altered it last; 0: as it was written
    edited_at: int | None = None
    redacted_at: int | None = None  # then it has neither body, meta nor content


class Change(msgspec.Struct, frozen=True):
    """A change of status, assignee or owner, after the message `seq`. `assigned`: the assignee changed."""

    seq: int
    id: bytes
    at: int
    party: Party
    actor: bytes
    actor_name: str
    status: Status | None
    assigned: bool
    assignee: UserId | None
    assignee_name: str | None
    owner: Owner | None = None
    owner_reason: str | None = None


class UnreadCounts(msgspec.Struct, frozen=True):
    """How many conversations have messages that one agent has not read, by the views of the inbox.

    `waiting`: open or pending, and assigned to the agent or unassigned. `complete` False: only the most
    recent open and pending conversations were counted.
    """

    open: int
    mine: int
    unassigned: int
    pending: int
    waiting: int
    complete: bool


class Read(msgspec.Struct, frozen=True):
    """How far one reader has read."""

    conversation: ConversationId
    reader_kind: Reader
    reader: bytes
    seq: int
    at: int


class OutboxRow(msgspec.Struct, frozen=True):
    """A committed event that is not published yet. `conversation` None: not stored in a resume log.

    `kind` None: written by a release before 0.3. `wanted`: a consumer may want it.
    """

    id: int
    project: ProjectId
    conversation: ConversationId | None
    payload: bytes
    kind: str | None = None
    last_change: int | None = None  # of the conversation; None also in rows of releases before 0.3
    wanted: bool = False


class DeadLetter(msgspec.Struct, frozen=True):
    """A stream entry that could not be applied."""

    id: bytes
    shard: int
    entry_id: str
    payload: bytes
    reason: str
    tries: int
    created_at: int


def visitor_name(name: str | None, visitor: VisitorId) -> str:
    """The displayed name of a visitor: the given one, or a stable generated one."""
    return name or f"Visitor #{visitor.hex()[-6:]}"
