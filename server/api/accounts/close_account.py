"""Closing one's own account: deactivation, which an administrator can undo, and deletion."""

from typing import Final

from core.db.connection import Connection
from core.db.identity import account_deletion, users
from core.db.projects import members
from core.ids import UserId
from server.api.accounts.schemas import CloseAccount
from server.api.http import fields
from server.api.http.calls import Access, Answer, UserCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.identity import end_sessions, passwords
from server.api.identity.begin_session import refresh_cookie
from server.api.identity.schemas import OwnPassword
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY

routes = Routes("leaving", "Deactivating and deleting your own account.")
NAMED: Final = 5  # projects in one sentence
AT_ONCE: Final = 1_000  # messages that are anonymised in the request; the worker anonymises the others


@routes.add(
    "POST",
    "me/deactivate",
    access=Access.SIGNED_IN,
    limit=RARELY,
    status=204,
    problems=("wrong_password", "sign_in_again", "last_manager"),
    audit=AuditRule("user.deactivated", "user", security=True),
)
async def deactivate_me(call: UserCall, body: OwnPassword) -> Answer[None]:
    """Deactivate your account.

    All your sessions end, and you cannot sign in until an administrator reactivates the account. 409 while
    you are the only manager of a project: make another member a manager, or delete the project.
    """
    user = await passwords.require_password(call, body.password)
    async with call.services.database.transaction() as conn:
        await passwords.recheck_locked(conn, user)
        await _leave_managers(conn, user.id)
        await users.set_state(conn, user.id, "deactivated")
        await call.audit(conn, entity_id=user.id)
        ended = await end_sessions.end_sessions(call, conn, user.id, except_session=None)
    await end_sessions.publish(call.services, ended)
    return Answer(value=None, headers=refresh_cookie(call.services, ""))


@routes.add(
    "POST",
    "me/delete",
    access=Access.SIGNED_IN,
    limit=RARELY,
    status=204,
    problems=("wrong_password", "sign_in_again", "last_manager"),
    audit=AuditRule("user.deleted", "user", security=True),
)
async def delete_me(call: UserCall, body: CloseAccount) -> Answer[None]:
    """Delete your account permanently.

    Messages that you wrote stay, without your name. 409 while you are the only manager of a project: make
    another member a manager, or delete the project.
    """
    user = await passwords.require_password(call, body.password)
    if fields.email("email", body.email) != user.email:
        raise unfit("email", "not_yours", "Enter the e-mail address of your account.")
    async with call.services.database.transaction() as conn:
        await passwords.recheck_locked(conn, user)
        await _leave_managers(conn, user.id)
        await call.audit(conn, entity_id=user.id)
        ended = await end_sessions.end_sessions(call, conn, user.id, except_session=None)
        changed = await live_updates.member_changed(conn, user.id)
        await account_deletion.erase(conn, user.id)
        await account_deletion.unname(conn, user.id, limit=AT_ONCE)
    await live_updates.publish(call.services, [*ended, *changed])
    return Answer(value=None, headers=refresh_cookie(call.services, ""))


async def _leave_managers(conn: Connection, user: UserId) -> None:
    """Raises ApiError `last_manager` if the user is the only active manager of a project."""
    if alone := await members.only_managed_by(conn, user):
        names = ", ".join(each.name for each in alone[:NAMED])
        more = f" and {len(alone) - NAMED} more" if len(alone) > NAMED else ""
        raise ApiError(
            "last_manager",
            f"No other manager is active in {names}{more}: "
            "make another member a manager, or delete the project.",
        )
