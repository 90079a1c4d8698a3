"""The first factor of signing in: after a right password, or after a provider's answer."""

from collections.abc import Callable

from core.accounts import identities, second_step, sessions
from core.accounts.identities import Found
from core.accounts.second_step import CodeNeeded
from core.accounts.sessions import Begun
from core.action_context import MailingContext
from core.db.connection import Connection
from core.db.identity import two_factor, users
from core.errors import DomainError
from core.identity.id_tokens import Claims
from core.identity.providers import Provider
from core.ids import UserId
from core.model import User

Knows = Callable[[UserId], bool]
"""Whether the user has signed in from the calling browser before."""


def may_sign_in(user: User) -> None:
    """Raises DomainError `inactive` or `unverified`."""
    if user.state != "active":
        raise DomainError("inactive")
    if user.email_verified_at is None:
        raise DomainError("unverified")


async def with_password(
    conn: Connection, by: MailingContext, user: User, *, rehashed: str | None, secret: str, knows: Knows
) -> Begun | CodeNeeded:
    """After a right password: begin a session, or ask for the second factor.

    `rehashed` replaces a hash of outdated parameters. Raises as `sessions.begin` does.
    """
    may_sign_in(user)
    if await two_factor.enabled(conn, user.id):
        return await second_step.ask(conn, by, user, secret=secret)
    begun = await sessions.begin(conn, by, user, secret=secret, knows_device=knows(user.id))
    if rehashed is not None:
        await users.set_password(conn, user.id, rehashed)
    return begun


async def with_provider(
    conn: Connection,
    by: MailingContext,
    found: Found,
    provider: Provider,
    claims: Claims,
    *,
    secret: str,
    knows: Knows,
) -> Begun | CodeNeeded:
    """After the provider's answer, the same; a new identity is linked, now or after the second factor.

    Linked only after the right code: otherwise a thief of the first factor could add a way to sign in. Raises
    DomainError `inactive` as well, and as `identities.link` does.
    """
    user = found.user
    if user.state != "active":
        raise DomainError("inactive")
    if await two_factor.enabled(conn, user.id):
        return await second_step.ask(conn, by, user, secret=secret)
    if not found.is_linked:
        await identities.link(conn, by, user, provider, claims)
    return await sessions.begin(conn, by, user, secret=secret, knows_device=knows(user.id))
