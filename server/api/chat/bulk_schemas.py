"""JSON schemas of changes of many conversations."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.model import Status
from server.api.chat.schemas import Seq
from server.api.http.fields import PAGE

LAST = 2**53 - 1


class BulkItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`seq`: with `read`, you have read everything up to this message; without it, up to the last one."""

    id: UUID
    seq: Seq = LAST


class BulkChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Exactly one of `status`, `assignee_id` (null to unassign) and `read`."""

    items: Annotated[list[BulkItem], Meta(min_length=1, max_length=PAGE)]
    status: Status | UnsetType = UNSET
    assignee_id: UUID | UnsetType | None = UNSET
    read: bool = False


class BulkResult(msgspec.Struct, frozen=True, kw_only=True):
    """`unchanged`: it was so before. `code`: why it was refused, as in a problem document; else null."""

    id: UUID
    result: Literal["changed", "unchanged", "refused"]
    code: str | None = None


class BulkResults(msgspec.Struct, frozen=True, kw_only=True):
    """In the order of the request."""

    results: list[BulkResult]
