"""The JSON schemas of saved views."""

from typing import Annotated

import msgspec
from msgspec import Meta

from core.db.saved_views.views import MAX_PER_MEMBER
from server.api.chat.schemas import ListedAssignee, ListedStatus
from server.api.http.fields import NAME


class ViewFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The filters of the conversation list, with the same meaning."""

    status: ListedStatus | None = None
    assignee: ListedAssignee | None = None
    unread: bool = False
    has_form: bool = False
    has_note: bool = False


class SavedView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name`: unique among your views, whether in upper or lower case."""

    name: Annotated[str, Meta(min_length=1, max_length=50, pattern=NAME)]
    filter: ViewFilter


class SavedViews(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Your views in your order. `version`: send the one that you loaded; 0 before the first change."""

    version: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    items: Annotated[list[SavedView], Meta(max_length=MAX_PER_MEMBER)]
