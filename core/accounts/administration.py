"""What administrators of an installation do to accounts: suspend, reactivate, make another administrator."""

from collections.abc import Sequence

import msgspec

from core.accounts import sessions
from core.action_context import ActionContext
from core.db.connection import Connection
from core.db.identity import users
from core.db.ops import administration as table
from core.db.projects import members
from core.db.projects.members import Managed
from core.errors import DomainError
from core.ids import SYSTEM, UserId
from core.model import User, UserState
from core.signals import Signal


class Suspended(msgspec.Struct, frozen=True):
    """Publish the signals after the commit. `without_manager`: projects that have no active one now."""

    without_manager: Sequence[Managed]
    signals: Sequence[Signal]


async def suspend(
    conn: Connection, by: ActionContext, user: UserId, *, admin: UserId | None = None
) -> Suspended:
    """End an account's sessions, and refuse its signing in. `admin` None: an operator, at a command line.

    Raises DomainError `not_found`, `forbidden`, or `conflict` for oneself.
    """
    if user == admin:
        raise DomainError("conflict", "You cannot suspend yourself.")
    # If two administrators suspend each other, the later one is no longer an administrator.
    if admin is not None and admin not in await table.living_admins(conn):
        raise DomainError("forbidden")
    found = await _set_state(conn, by, user, "suspended", action="user.suspended")
    alone = await members.only_managed_by(conn, found.id)
    return Suspended(alone, await sessions.end_all(conn, by, found.id))


async def reactivate(conn: Connection, by: ActionContext, user: UserId) -> None:
    """Undo a suspension or a deactivation; raises DomainError `not_found`."""
    await _set_state(conn, by, user, "active", action="user.reactivated")


async def set_admin(conn: Connection, by: ActionContext, email: str, *, is_admin: bool) -> None:
    """Grant or revoke the right to administer this installation; raises DomainError."""
    found = await users.by_email(conn, email)
    user = await users.locked(conn, found.id) if found is not None else None
    if user is None or user.id == SYSTEM or user.state == "deleted":
        raise DomainError("not_found", f"there is no account with the address {email}")
    if is_admin and user.email_verified_at is None:
        # Otherwise a stranger who registers with an operator's address would become administrator.
        raise DomainError(
            "unverified", f"{email} has not been confirmed yet: open the link in the mail first"
        )
    await table.set_admin(conn, user.id, is_admin=is_admin)
    action = "user.admin_granted" if is_admin else "user.admin_revoked"
    await by.audit(conn, action, "user", user.id)


async def _set_state(
    conn: Connection, by: ActionContext, user: UserId, state: UserState, *, action: str
) -> User:
    found = await users.locked(conn, user)
    if found is None or found.id == SYSTEM or found.state == "deleted":
        raise DomainError("not_found")
    await users.set_state(conn, found.id, state)
    changes = {"state": {"from": found.state, "to": state}}
    await by.audit(conn, action, "user", found.id, changes=changes)
    return found
