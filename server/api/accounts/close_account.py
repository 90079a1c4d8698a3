"""Closing one's own account: deactivation, which an administrator can undo, and deletion."""

from core.accounts import closing
from server.api.accounts.schemas import CloseAccount
from server.api.http import fields
from server.api.http.calls import Access, Answer, UserCall
from server.api.http.problems import unfit
from server.api.http.routes import Routes
from server.api.identity import passwords
from server.api.identity.schemas import OwnPassword
from server.api.identity.signed_in import refresh_cookie
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY

routes = Routes("leaving", "Deactivating and deleting your own account.")


@routes.add(
    "POST",
    "me/deactivate",
    access=Access.SIGNED_IN,
    limit=RARELY,
    status=204,
    problems=("wrong_password", "sign_in_again", "last_manager"),
    audit=AuditRule("user.deactivated", "user", security=True),
    unkeyed="it takes the password, and to repeat it changes nothing or is refused",
)
async def deactivate_me(call: UserCall, body: OwnPassword) -> Answer[None]:
    """Deactivate your account.

    All your sessions end, and you cannot sign in until an administrator reactivates the account. 409 while
    you are the only manager of a project: make another member a manager, or delete the project.
    """
    user = await passwords.require_password(call, body.password)
    async with call.services.database.transaction() as conn:
        ended = await closing.deactivate(conn, call.by, user)
    await live_updates.publish(call.services, ended)
    return Answer(value=None, headers=refresh_cookie(call.services, ""))


@routes.add(
    "POST",
    "me/delete",
    access=Access.SIGNED_IN,
    limit=RARELY,
    status=204,
    problems=("wrong_password", "sign_in_again", "last_manager"),
    audit=AuditRule("user.deleted", "user", security=True),
    unkeyed="it takes the password, and to repeat it changes nothing or is refused",
)
async def delete_me(call: UserCall, body: CloseAccount) -> Answer[None]:
    """Delete your account permanently.

    Messages that you wrote stay, without your name. 409 while you are the only manager of a project: make
    another member a manager, or delete the project.
    """
    user = await passwords.require_password(call, body.password)
    if fields.email("email", body.email) != user.email:
        raise unfit("email", "not_yours", "Enter the email address of your account.")
    async with call.services.database.transaction() as conn:
        signals = await closing.delete(conn, call.by, user)
    await live_updates.publish(call.services, signals)
    return Answer(value=None, headers=refresh_cookie(call.services, ""))
