"""JSON schemas of the assistant in one conversation."""

from typing import Annotated
from uuid import UUID

import msgspec

from core.model import Owner


class OwnerChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`person`: you take it over. `assistant`: you give it back."""

    owner: Owner


class AskedArticle(msgspec.Struct, frozen=True, kw_only=True):
    """An article that is published, as it is now."""

    id: UUID
    title: str


class ConversationAssistant(msgspec.Struct, frozen=True, kw_only=True):
    """`handoff_reason` and `brief`: of the last time the assistant handed over; empty before.

    Where it never did and a person answers, `brief` is a summary of what was said, if there is one.
    """

    owner: Annotated[
        Owner | None, msgspec.Meta(description="who answers; null: the assistant never did here")
    ]
    reason: Annotated[str | None, msgspec.Meta(description="why; other words may come")]
    handoff_reason: str
    brief: str
    article: Annotated[
        AskedArticle | None, msgspec.Meta(description="what the visitor asked about from; null: nothing")
    ] = None
