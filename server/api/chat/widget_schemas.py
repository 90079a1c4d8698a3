"""JSON schemas for customers' pages: the widget's settings, and a visitor's own history."""

from typing import Annotated
from uuid import UUID

import msgspec

from core.model import Owner, Status
from server.api.appearance.schemas import WidgetAppearance
from server.api.chat.schemas import Message, Seq
from server.api.http.fields import FormField


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As MessageQuery, for a visitor."""

    before_seq: Seq | None = None
    after_seq: Seq | None = None
    after_change: Seq | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 50


class PreChat(msgspec.Struct, frozen=True, kw_only=True):
    """The form that the widget shows before the first message."""

    template: UUID
    name: str
    description: str
    fields: list[FormField]


class AttachmentRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a visitor may attach. `accept`: media types and extensions."""

    max_bytes: int
    max_files: int
    accept: list[str]


class WidgetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`ask_consent`: store nothing and open no connection before the visitor acts.

    `assistant`: the name of the assistant that answers here; null: people alone do. `articles`: visitors can
    search articles here. `attachments`: what they may attach; null: nothing.
    `appearance`: null if nothing differs from the defaults.
    """

    id: UUID
    name: str
    version: int
    messages_per_minute: int
    agents_online: int
    ask_consent: bool = False
    pre_chat: PreChat | None = None
    assistant: str | None = None
    articles: bool = False
    attachments: AttachmentRules | None = None
    appearance: WidgetAppearance | None = None


class OwnConversation(msgspec.Struct, frozen=True, kw_only=True):
    """A visitor's own conversation."""

    id: UUID
    status: Status
    assignee_name: str | None
    last_seq: int
    last_change: Annotated[int, msgspec.Meta(description="counts what altered it without a new message")]
    agent_read_seq: int
    read_seq: int
    owner: Annotated[
        Owner | None,
        msgspec.Meta(description="who answers; null: the assistant never did"),
    ] = None


class History(msgspec.Struct, frozen=True, kw_only=True):
    """`conversation`: null if the visitor has none yet."""

    conversation: OwnConversation | None
    items: list[Message]
    has_more: bool
