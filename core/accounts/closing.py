"""Closing one's own account: deactivation, which an administrator can undo, and deletion.

`proven`: a user whose password was verified. Publish the returned signals after the commit.
"""

from collections.abc import Sequence
from typing import Final

from core.accounts import sessions
from core.accounts.proof import lock_proven
from core.action_context import ActionContext
from core.db.connection import Connection
from core.db.identity import account_deletion, users
from core.db.projects import members as member_rows
from core.errors import DomainError
from core.ids import UserId
from core.model import User
from core.projects import members
from core.signals import Signal

NAMED: Final = 5  # projects in one sentence
BATCH_SIZE: Final = 1_000  # messages that are anonymised at once; the janitor anonymises the others


async def deactivate(conn: Connection, by: ActionContext, proven: User) -> Sequence[Signal]:
    """End all sessions; signing in is refused until an administrator reactivates the account.

    Raises DomainError `wrong_password` or `last_manager`.
    """
    await lock_proven(conn, proven)
    await _leave_managers(conn, proven.id)
    await users.set_state(conn, proven.id, "deactivated")
    await by.audit(conn, "user.deactivated", "user", proven.id)
    return await sessions.end_all(conn, by, proven.id)


async def delete(conn: Connection, by: ActionContext, proven: User) -> Sequence[Signal]:
    """Remove the account and its access; its messages stay, without the name.

    Raises DomainError `wrong_password` or `last_manager`.
    """
    await lock_proven(conn, proven)
    await _leave_managers(conn, proven.id)
    await by.audit(conn, "user.deleted", "user", proven.id)
    ended = await sessions.end_all(conn, by, proven.id)
    changed = await members.changed(conn, proven.id)
    await account_deletion.erase(conn, proven.id)
    await account_deletion.unname(conn, proven.id, limit=BATCH_SIZE)
    return [*ended, *changed]


async def _leave_managers(conn: Connection, user: UserId) -> None:
    """Raises DomainError `last_manager` if the user is the only active manager of a project."""
    if alone := await member_rows.only_managed_by(conn, user):
        names = ", ".join(each.name for each in alone[:NAMED])
        more = f" and {len(alone) - NAMED} more" if len(alone) > NAMED else ""
        raise DomainError(
            "last_manager",
            f"No other manager is active in {names}{more}: "
            "make another member a manager, or delete the project.",
        )
