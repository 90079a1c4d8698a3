"""Identities at OpenID Connect providers: the account of one, linking and unlinking.

Publish the returned signals after the commit.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from core import ids
from core.accounts import refresh_tokens, sessions
from core.accounts.proof import lock_proven
from core.action_context import ActionContext, MailingContext
from core.db.connection import Connection
from core.db.identity import identities as table
from core.db.identity import users
from core.errors import DomainError
from core.identity.id_tokens import Claims
from core.identity.providers import Provider
from core.ids import UserId
from core.model import User
from core.signals import Signal

LATELY: Final = 30 * 24 * 60 * 60 * 1000  # ms


class Found(msgspec.Struct, frozen=True):
    """The user who signs in. `is_linked` False: `link` the identity once all factors are verified."""

    user: User
    is_linked: bool
    signals: Sequence[Signal]


async def owner(
    conn: Connection, by: ActionContext, provider: Provider, claims: Claims, *, open_to_all: bool
) -> Found:
    """The account of an identity; made if there is none and registration is `open_to_all`, or by invitation.

    Raises DomainError `provider_unverified`, `inactive`, `link_first`, `registration_closed` or
    `sign_in_failed`.
    """
    known = await table.owner(conn, issuer=provider.issuer, subject=claims.subject)
    if known is not None:
        user = await users.locked(conn, known)
        if user is None:
            raise DomainError("sign_in_failed")
        return Found(user, is_linked=True, signals=[])
    if claims.email is None:
        raise DomainError("provider_unverified")
    found = await users.by_email(conn, claims.email)
    user = await users.locked(conn, found.id) if found is not None else None
    signals: Sequence[Signal] = []
    if user is None:
        user = await _create(conn, by, claims, claims.email, open_to_all=open_to_all)
    elif user.state != "active":
        raise DomainError("inactive")
    elif user.email_verified_at is None:
        name = _name(claims, claims.email)
        signals = await _take_over(conn, by, user, name)
        user = msgspec.structs.replace(user, password_hash=None, email_verified_at=by.now, full_name=name)
    elif await users.address_changed(conn, user.id, since=by.now - LATELY):
        # The address proves the mailbox, not the account: another account may have changed to this address.
        raise DomainError("link_first")
    return Found(user, is_linked=False, signals=signals)


async def link(conn: Connection, by: MailingContext, user: User, provider: Provider, claims: Claims) -> None:
    """Link the identity to the user and notify them by mail.

    Raises DomainError `provider_unverified` or `identity_taken`.
    """
    if claims.email is None:
        raise DomainError("provider_unverified")
    identity = ids.make(by.now)
    holder, is_new = await table.add(
        conn,
        identity=identity,
        user=user.id,
        issuer=provider.issuer,
        subject=claims.subject,
        email=claims.email,
        now=by.now,
    )
    if holder != user.id:
        raise DomainError("identity_taken")
    if not is_new:
        return
    if user.signed_in_at is not None or user.password_hash is not None:  # not for a new account
        await by.notify(conn, user, "identity_linked", provider=provider.name)
    changes = {"provider": provider.name}
    await by.acting(user).audit(conn, "identity.linked", "identity", identity, changes=changes)


async def link_unless_taken(
    conn: Connection, by: MailingContext, user: User, provider: Provider, claims: Claims
) -> None:
    """Link after the second factor. An identity that is linked to another account by now is left there."""
    if await table.owner(conn, issuer=provider.issuer, subject=claims.subject) is None:
        await link(conn, by, user, provider, claims)


async def ask_link(conn: Connection, by: ActionContext, proven: User) -> None:
    """A user whose password was verified starts to link an identity; raises DomainError `wrong_password`."""
    await lock_proven(conn, proven)
    await by.audit(conn, "identity.link_asked", "user", proven.id)


async def link_to_session(
    conn: Connection,
    by: MailingContext,
    provider: Provider,
    claims: Claims,
    *,
    session: bytes | None,
    token: str,
    secret: str,
) -> None:
    """Link to the user whose `session` started it: it must still exist, in the browser with `token`.

    Raises DomainError `sign_in_failed`, and as `link` does.
    """
    found = await refresh_tokens.find(conn, token, secret=secret, now=by.now)
    user = await users.locked(conn, found.user) if found is not None else None
    if found is None or user is None or found.id != session or user.state != "active":
        raise DomainError("sign_in_failed")
    await link(conn, by, user, provider, claims)


async def unlink(
    conn: Connection, by: MailingContext, owner: UserId, identity: bytes, *, known: Mapping[str, str]
) -> None:
    """Unlink an identity. `known`: the names of the configured providers by issuer.

    Raises DomainError `not_found`, or `last_way_in`: a password or another identity must remain.
    """
    # Locked: two concurrent requests must not remove the last two identities.
    user = await users.locked(conn, owner)
    mine = await table.of_user(conn, owner)
    if user is None or identity not in {each.id for each in mine}:
        raise DomainError("not_found")
    left = [each for each in mine if each.id != identity and each.issuer in known]
    if user.password_hash is None and not left:
        raise DomainError("last_way_in")
    (issuer,) = [each.issuer for each in mine if each.id == identity]
    await table.remove(conn, user=owner, identity=identity)
    name = known.get(issuer, issuer)
    await by.notify(conn, user, "identity_unlinked", provider=name)
    await by.audit(conn, "identity.unlinked", "identity", identity, changes={"provider": name})


async def _create(
    conn: Connection, by: ActionContext, claims: Claims, email: str, *, open_to_all: bool
) -> User:
    if not open_to_all and not await table.invited(conn, email, now=by.now):
        raise DomainError("registration_closed")
    made = UserId(ids.make(by.now))
    name = _name(claims, email)
    added = await table.add_user(conn, user=made, email=email, full_name=name, now=by.now)
    user = await users.locked(conn, made) if added else None
    if user is None:  # another request registered the address at the same time
        raise DomainError("sign_in_failed")
    await by.acting(user).audit(conn, "user.registered", "user", made)
    return user


async def _take_over(conn: Connection, by: ActionContext, user: User, name: str) -> Sequence[Signal]:
    """Give an unverified account to the owner of its mailbox.

    An attacker may have registered it in advance: every existing way to sign in to it is removed.
    """
    signals = await sessions.end_all(conn, by, user.id)
    await table.drop_unproven(conn, user.id, full_name=name, now=by.now)
    await by.acting(user).audit(conn, "user.verified", "user", user.id)
    return signals


def _name(claims: Claims, email: str) -> str:
    return claims.name or email.partition("@")[0]
