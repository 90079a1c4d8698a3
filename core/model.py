"""What Postgres holds, as values. Times in ms since the epoch; `project` is on every tenant's row."""

from typing import Final, Literal

import msgspec

from core.ids import ConversationId, MessageId, ProjectId, Ref, UserId, VisitorId

Status = Literal["open", "pending", "solved", "spam"]
MessageKind = str
"""Open to readers: a later release may write a kind that is not among KINDS."""
KINDS: Final = frozenset({"text", "note", "system", "form_request", "form_answer", "attachment"})
Meta = dict[str, str | int | bool | None]
Reader = Literal["visitor", "agent"]

HistoryMode = Literal["forever", "limit_to_active"]
Role = Literal["agent", "manager"]
Party = str  # visitor, agent or system; open to readers, as MessageKind is
UserState = Literal["active", "deactivated", "suspended", "deleted"]
TokenPurpose = Literal["verify_email", "reset_password", "change_email"]


class Project(msgspec.Struct, frozen=True):
    """A tenant. `version` counts the changes of its settings."""

    id: ProjectId
    name: str
    domains: tuple[str, ...]
    history_mode: HistoryMode
    version: int
    created_at: int


class User(msgspec.Struct, frozen=True):
    """Somebody with an account. `password_hash` None: no password was ever set."""

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
    """What people see of their own account."""

    id: UserId
    email: str
    full_name: str
    language: str
    timezone: str
    avatar: bytes | None  # its version
    is_admin: bool
    has_password: bool
    two_factor: bool
    pending_email: str | None  # asked for and not confirmed yet
    created_at: int
    recovery_codes: int  # that were not used yet


class Avatar(msgspec.Struct, frozen=True):
    """A picture of at most 48,000 bytes."""

    media_type: str
    image: bytes


class UserToken(msgspec.Struct, frozen=True):
    """What a mailed token was for, and the address that the mail went to."""

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
    """A sign-in that can be refreshed until `expires_at`; the token itself is not kept, only its sha-256."""

    id: bytes
    user: UserId
    created_at: int
    expires_at: int
    rotated_at: int  # when its newest token was made


class Device(msgspec.Struct, frozen=True):
    """Where a sign-in is used: the browser as it names itself, and the client's address."""

    session: bytes
    device: str
    address: str
    created_at: int
    last_used_at: int


class Visitor(msgspec.Struct, frozen=True):
    """A person who wrote at least once. `name` is what people see, also when none was given.

    `facts`: what the site's page says of them, unverified.
    """

    project: ProjectId
    id: VisitorId
    name: str
    language: str
    created_at: int
    facts: Meta


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


class LastMessage(msgspec.Struct, frozen=True):
    """Whose words a conversation's snippet is."""

    kind: MessageKind
    party: Party
    sender: bytes
    sender_name: str


class Listed(msgspec.Struct, frozen=True):
    """A conversation as one agent sees it in a list: with names and read marks (0: nothing read).

    `visitor_email`: as the site's page says, unverified.
    """

    conversation: Conversation
    visitor_name: str
    assignee_name: str | None
    read_seq: int  # the asking agent's
    visitor_read_seq: int
    visitor_email: str
    last_message: LastMessage | None

    @property
    def unread(self) -> int:
        """How many messages the asking agent has not seen."""
        return self.conversation.last_seq - self.read_seq


class Spot(msgspec.Struct, frozen=True):
    """Where a page of the conversation list ended; the next one starts after it."""

    last_message_at: int
    conversation: ConversationId


class VisitorsConversation(msgspec.Struct, frozen=True):
    """A conversation as its visitor sees it."""

    id: ConversationId
    status: Status
    assignee_name: str | None
    last_seq: int
    agent_read_seq: int  # the furthest of all agents
    read_seq: int  # the visitor's own


class Message(msgspec.Struct, frozen=True):
    """One message; `seq` is dense within its conversation."""

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


class Change(msgspec.Struct, frozen=True):
    """A change of status or assignee; it stands after the message `seq`. `assigned`: the assignee."""

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


class UnreadCounts(msgspec.Struct, frozen=True):
    """Conversations that one agent has not read to the end, by the inbox's views.

    `waiting`: open or pending, and the agent's or unassigned. `complete` False: there are more open and
    pending conversations than were looked at; the most recent ones were.
    """

    open: int
    mine: int
    unassigned: int
    pending: int
    waiting: int
    complete: bool


class Read(msgspec.Struct, frozen=True):
    """How far somebody has read."""

    conversation: ConversationId
    reader_kind: Reader
    reader: bytes
    seq: int
    at: int


class OutboxRow(msgspec.Struct, frozen=True):
    """An event that was committed and not told yet. `conversation` None: not kept for resuming."""

    id: int
    project: ProjectId
    conversation: ConversationId | None
    payload: bytes


class DeadLetter(msgspec.Struct, frozen=True):
    """A stream entry that could not be carried out."""

    id: bytes
    shard: int
    entry_id: str
    payload: bytes
    reason: str
    tries: int
    created_at: int


def visitor_name(name: str | None, visitor: VisitorId) -> str:
    """What people see of a visitor: the given name, or a stable stand-in."""
    return name or f"Visitor #{visitor.hex()[-6:]}"
