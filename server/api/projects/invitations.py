"""Invitations: managers send, resend and revoke them; recipients look them up and accept them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from core.db.identity import user_tokens, users
from core.db.projects import invitations as table
from core.errors import DomainError
from core.projects import invitations
from server.addresses import network
from server.api.http import fields
from server.api.http.calls import Access, Call, MemberCall, UserCall
from server.api.http.fields import MailedToken, Person
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.projects import views as project_views
from server.api.projects.schemas import Invitation, MyProject, NewInvitation, OpenInvitation
from server.api.services import live_updates
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import RARELY, SOMETIMES, Attempt, Rule, hidden

routes = Routes("invitations", "Inviting people into a project, and accepting an invitation.")
ALL: Final = "projects/{project}/invitations"
ONE: Final = ALL + "/{invitation}"
HOUR: Final = 60 * 60.0  # seconds
# Projects and accounts are free, so more of them must not allow more mails to one person, or from one. Nor
# may they use up the limit of others: a low limit for all senders together would let a stranger block a
# person's invitations.
TO_ONE: Final = Rule("invite_recipient", 5, HOUR, 60.0, HOUR)  # per project, per inviter, per network
TO_ONE_BY_ALL: Final = Rule("invite_recipient_by_all", 30, HOUR, 60.0, 5 * 60.0)  # only mails that were sent
OF_PROJECT: Final = Rule("invite_project", 100, HOUR, 60.0, HOUR)
BY_ONE: Final = Rule("invite_inviter", 100, HOUR, 60.0, HOUR)  # for all projects together


@routes.add("GET", ALL, access=Access.MANAGER, limit=SOMETIMES)
async def list_invitations(call: MemberCall) -> list[Invitation]:
    """List invitations that were neither accepted nor revoked, the newest first."""
    async with call.services.database.connection() as conn:
        return [_shown(call, found) for found in await table.of_project(conn, call.project)]


@routes.add(
    "POST",
    ALL,
    access=Access.MANAGER,
    limit=RARELY,
    status=201,
    problems=("already_member", "already_invited", "too_many"),
    audit=AuditRule("invitation.sent", "invitation", fields=("email", "role"), security=True),
)
async def invite(call: MemberCall, body: NewInvitation) -> Invitation:
    """Invite a person by email; the invitation is valid for 7 days.

    An expired invitation to the same address is replaced.
    """
    email, inviter = fields.email("email", body.email), call.user.user
    async with _counted(call, email), call.services.database.transaction() as conn:
        sent = await invitations.invite(
            conn, call.by, call.project, email=email, role=body.role, inviter=inviter
        )
    await live_updates.publish(call.services, sent.signals)
    return _shown(call, sent.invitation)


@routes.add(
    "POST",
    ONE + "/resend",
    access=Access.MANAGER,
    limit=RARELY,
    audit=AuditRule("invitation.sent", "invitation", fields=("email", "role"), security=True),
)
async def resend_invitation(call: MemberCall, invitation: bytes) -> Invitation:
    """Resend an invitation; it is valid for another 7 days.

    The link in the earlier email becomes invalid.
    """
    async with call.services.database.connection() as conn:
        found = await table.by_id(conn, call.project, invitation)
    if found is None:
        raise ApiError("not_found")
    async with _counted(call, found.email), call.services.database.transaction() as conn:
        sent = await invitations.resend(conn, call.by, call.project, invitation, inviter=call.user.user)
    await live_updates.publish(call.services, sent.signals)
    return _shown(call, sent.invitation)


@routes.add(
    "DELETE",
    ONE,
    access=Access.MANAGER,
    limit=SOMETIMES,
    status=204,
    audit=AuditRule("invitation.revoked", "invitation", fields=("email",), security=True),
)
async def revoke_invitation(call: MemberCall, invitation: bytes) -> None:
    """Revoke an invitation: its link becomes invalid."""
    async with call.services.database.transaction() as conn:
        signals = await invitations.revoke(conn, call.by, call.project, invitation)
    await live_updates.publish(call.services, signals)


@routes.add("POST", "invitations/lookup", access=Access.PUBLIC, limit=RARELY, problems=("not_found",))
async def lookup_invitation(call: Call, body: MailedToken) -> OpenInvitation:
    """Look up an invitation by the token of its link."""
    kept = user_tokens.digest(body.token)
    found = await call.services.database.read(lambda conn: table.by_token(conn, kept, now=call.now))
    if found is None:
        raise ApiError("not_found")
    return OpenInvitation(
        project_name=found.project_name,
        email=found.email,
        role=found.role,
        inviter=found.inviter_name,
        expires_at=found.expires_at,
        account_exists=found.account_exists,
    )


@routes.add(
    "POST",
    "invitations/accept",
    access=Access.SIGNED_IN,
    limit=RARELY,
    problems=("not_found", "other_address"),
    audit=AuditRule("invitation.accepted", "invitation", fields=("role",), security=True),
)
async def accept_invitation(call: UserCall, body: MailedToken) -> MyProject:
    """Accept an invitation and join its project.

    The invitation must have been sent to the email address of your account.
    """
    user = call.user
    async with call.services.database.transaction() as conn:
        joined = await invitations.accept(conn, call.by, body.token, user=user.user, email=user.email)
        mine = await users.memberships(conn, user.user)
    await live_updates.publish(call.services, joined.signals)
    return project_views.my_project(next(one for one in mine if one.project == joined.project))


@asynccontextmanager
async def _counted(call: MemberCall, email: str) -> AsyncIterator[None]:
    """Rate limit an unsolicited email around its sending; raises RateLimited.

    An email that is refused afterwards counts for its sender, but not in the limit that all senders share.
    """
    inviter, project = call.user.user.hex(), call.project.hex()
    by_all = Attempt(TO_ONE_BY_ALL, hidden(email))
    mark = await call.services.rate_limiter.attempt(
        *(
            Attempt(TO_ONE, hidden(f"{email} {sender}"))
            for sender in (project, inviter, network(call.address))
        ),
        Attempt(OF_PROJECT, hidden(project)),
        Attempt(BY_ONE, inviter),
        by_all,
    )
    try:
        yield
    except DomainError:
        await call.services.rate_limiter.refund(mark, by_all)
        raise


def _shown(call: Call, found: table.Invitation) -> Invitation:
    inviter = None
    if found.inviter is not None:
        inviter = Person(id=fields.uid(found.inviter), full_name=found.inviter_name or "")
    return Invitation(
        id=fields.uid(found.id),
        email=found.email,
        role=found.role,
        invited_by=inviter,
        created_at=found.created_at,
        expires_at=found.expires_at,
        expired=found.expires_at <= call.now,
    )
