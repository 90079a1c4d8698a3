"""Administration of the whole installation: accounts, numbers of projects, status, a test email."""

import platform
from typing import Final

from core.accounts import administration
from core.bus.connection import infos
from core.config import version
from core.db.identity import users
from core.db.ops import administration as table
from core.ids import UserId
from core.mail import TestMail
from server.api.admin.schemas import (
    AdminProject,
    AdminProjectPage,
    AdminQuery,
    AdminUser,
    AdminUserPage,
    AdminUserQuery,
    MailStatus,
    NamedProject,
    Recipient,
    Suspended,
    SystemStatus,
)
from server.api.http import cursors, fields
from server.api.http.calls import Access, UserCall
from server.api.http.fields import Accepted
from server.api.http.routes import Routes
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import SOMETIMES, Limit

routes = Routes("admin", "Accounts, projects and status of the whole installation, for its administrators.")
MAILS: Final = Limit(10)


@routes.add("GET", "admin/users", access=Access.ADMIN, limit=SOMETIMES)
async def list_users(call: UserCall, query: AdminUserQuery) -> AdminUserPage:
    """List all accounts, the newest first."""
    after = None if query.cursor is None else cursors.unpack(query.cursor)
    found = await call.services.read_pool.read(
        lambda conn: table.accounts(
            conn, query=query.query.strip(), state=query.state, after=after, limit=query.limit + 1
        )
    )
    items = [_account(each) for each in found[: query.limit]]
    last = found[query.limit - 1] if len(found) > query.limit else None
    return AdminUserPage(
        items=items, next_cursor=None if last is None else cursors.pack(last.created_at, last.id)
    )


@routes.add(
    "POST",
    "admin/users/{user}/suspend",
    access=Access.ADMIN,
    limit=SOMETIMES,
    problems=("conflict",),
    audit=AuditRule("user.suspended", "user", fields=("state",), security=True),
)
async def suspend_user(call: UserCall, user: bytes) -> Suspended:
    """Suspend an account: its sessions end, its sockets close, and it cannot sign in.

    The response lists the projects that are left without an active manager. Their members can still work, but
    their settings cannot be changed until you reactivate one of their managers.
    """
    async with call.services.database.transaction() as conn:
        done = await administration.suspend(conn, call.by, UserId(user), admin=call.user.user)
    await live_updates.publish(call.services, done.signals)
    return Suspended(
        without_manager=[
            NamedProject(id=fields.uid(each.project), name=each.name) for each in done.without_manager
        ]
    )


@routes.add(
    "POST",
    "admin/users/{user}/reactivate",
    access=Access.ADMIN,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("user.reactivated", "user", fields=("state",), security=True),
)
async def reactivate_user(call: UserCall, user: bytes) -> None:
    """Reactivate an account that was suspended, or that its user deactivated."""
    async with call.services.database.transaction() as conn:
        await administration.reactivate(conn, call.by, UserId(user))


@routes.add("GET", "admin/projects", access=Access.ADMIN, limit=SOMETIMES)
async def list_all_projects(call: UserCall, query: AdminQuery) -> AdminProjectPage:
    """List all projects with their sizes, the newest first.

    Messages of projects are not accessible to administrators.
    """
    after = None if query.cursor is None else cursors.unpack(query.cursor)
    found = await call.services.read_pool.read(
        lambda conn: table.tenants(conn, query=query.query.strip(), after=after, limit=query.limit + 1)
    )
    items = [
        AdminProject(
            id=fields.uid(each.id),
            name=each.name,
            members=each.members,
            managers=each.managers,
            conversations=each.conversations,
            created_at=each.created_at,
        )
        for each in found[: query.limit]
    ]
    last = found[query.limit - 1] if len(found) > query.limit else None
    return AdminProjectPage(
        items=items, next_cursor=None if last is None else cursors.pack(last.created_at, last.id)
    )


@routes.add("GET", "admin/status", access=Access.ADMIN, limit=SOMETIMES)
async def get_status(call: UserCall) -> SystemStatus:
    """Get the status of the installation: the checks of /readyz, versions, counts and queued emails."""
    checks = await call.services.readiness.check()
    counts = await call.services.read_pool.read(lambda conn: table.counts(conn, now=call.now))
    async with call.services.database.connection() as conn:
        mails = await table.mails(conn)
        postgres = await table.version(conn)
    redis, *_ = await infos(call.services.redis, "server")
    versions = {
        "parley": version.read(),
        "python": platform.python_version(),
        "postgres": postgres,
        "redis": str(redis.get("valkey_version") or redis.get("redis_version") or ""),
    }
    mode = call.services.settings.mail_mode
    mail = MailStatus(mode=mode, waiting=mails.waiting, dead=mails.dead)
    return SystemStatus(checks=checks, versions=versions, counts=counts, mail=mail)


@routes.add(
    "POST",
    "admin/mail/test",
    access=Access.ADMIN,
    limit=MAILS,
    status=202,
    audit=AuditRule("mail.tried", "mail", fields=("recipient",)),
)
async def send_test_mail(call: UserCall, body: Recipient) -> Accepted:
    """Send a test email, through the same outbox as every other email."""
    recipient = fields.email("recipient", body.recipient)
    async with call.services.database.transaction() as conn:
        own = await users.by_id(conn, call.user.user)
        mail = TestMail(sent_by=call.user.full_name)
        await call.by.mail(conn, mail, to=recipient, language=own.language if own else "en")
    return Accepted()


def _account(found: table.Account) -> AdminUser:
    return AdminUser(
        id=fields.uid(found.id),
        email=found.email,
        full_name=found.full_name,
        state=found.state,
        is_admin=found.is_admin,
        email_verified=found.email_verified,
        two_factor=found.two_factor,
        created_at=found.created_at,
        projects=found.projects,
    )
