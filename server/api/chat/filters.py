"""The filters of the conversation list, from a query to what the table is asked for."""

from typing import Protocol
from uuid import UUID

from core.db.chat.conversations import Assigned, Filter
from core.ids import UserId
from core.model import Status
from server.api.chat.schemas import UNSOLVED, ListedAssignee, ListedStatus


class Given(Protocol):
    """What a query of the list and a saved view have in common."""

    @property
    def status(self) -> ListedStatus | None: ...
    @property
    def assignee(self) -> ListedAssignee | None: ...
    @property
    def unread(self) -> bool: ...
    @property
    def has_form(self) -> bool: ...
    @property
    def has_note(self) -> bool: ...


def of_query(given: Given, *, me: UserId, visitor: str | None = None) -> Filter:
    """`me`: who asks. `visitor`: a part of a name or an email address."""
    statuses: tuple[Status, ...] | None = None
    if given.status is not None:
        statuses = UNSOLVED if given.status == "unsolved" else (given.status,)
    assigned: Assigned = "any"
    assignee = None
    match given.assignee:
        case None | "any":
            pass
        case "none" | "someone" as kind:
            assigned = kind
        case "me":
            assignee = me
        case member:
            assignee = UserId(UUID(member).bytes)
    return Filter(statuses, assigned, assignee, given.unread, given.has_form, given.has_note, visitor)
