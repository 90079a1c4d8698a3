"""Finds the account for a provider's identity: known, linked by a verified address, or new."""

from typing import Final

import msgspec

from core import ids
from core.bus.identity.oidc_states import PendingLink
from core.db.connection import Connection
from core.db.identity import identities, users
from core.db.ops.audit import Actor
from core.identity.id_tokens import Claims
from core.identity.providers import Provider
from core.ids import UserId
from core.model import User
from core.signals import SessionEnded
from server.api.http.calls import Call
from server.api.http.problems import ApiError
from server.api.identity import account_mail, end_sessions

LATELY: Final = 30 * 24 * 60 * 60 * 1000  # ms


class Found(msgspec.Struct, frozen=True):
    """The user who signs in. `is_linked` False: `link` the identity once all factors are verified."""

    user: User
    is_linked: bool
    ended: list[SessionEnded]  # to `publish` after the commit


async def owner(call: Call, conn: Connection, provider: Provider, claims: Claims) -> Found:
    """The account of an identity, in the caller's transaction; made if there is none.

    Raises ApiError `provider_unverified`, `inactive`, `link_first`, `registration_closed` or
    `sign_in_failed`.
    """
    known = await identities.owner(conn, issuer=provider.issuer, subject=claims.subject)
    if known is not None:
        user = await users.locked(conn, known)
        if user is None:
            raise ApiError("sign_in_failed")
        return Found(user, is_linked=True, ended=[])
    if claims.email is None:
        raise ApiError("provider_unverified")
    found = await users.by_email(conn, claims.email)
    user = await users.locked(conn, found.id) if found is not None else None
    ended: list[SessionEnded] = []
    if user is None:
        user = await _create(call, conn, claims, claims.email)
    elif user.state != "active":
        raise ApiError("inactive")
    elif user.email_verified_at is None:
        name = _name(claims, claims.email)
        ended = await _take_over(call, conn, user, name)
        user = msgspec.structs.replace(user, password_hash=None, email_verified_at=call.now, full_name=name)
    elif await users.address_changed(conn, user.id, since=call.now - LATELY):
        # The address proves the mailbox, not the account: another account may have changed to this address.
        raise ApiError("link_first")
    return Found(user, is_linked=False, ended=ended)


async def link(call: Call, conn: Connection, user: User, provider: Provider, claims: Claims) -> None:
    """Link the identity to the user and notify them by mail.

    Raises ApiError `provider_unverified` or `identity_taken`.
    """
    if claims.email is None:
        raise ApiError("provider_unverified")
    identity = ids.make(call.now)
    holder, is_new = await identities.add(
        conn,
        identity=identity,
        user=user.id,
        issuer=provider.issuer,
        subject=claims.subject,
        email=claims.email,
        now=call.now,
    )
    if holder != user.id:
        raise ApiError("identity_taken")
    if not is_new:
        return
    if user.signed_in_at is not None or user.password_hash is not None:  # not for a new account
        await account_mail.notify(call, conn, user, "identity_linked", provider=provider.name)
    await call.audit(
        conn,
        action="identity.linked",
        entity="identity",
        entity_id=identity,
        actor=_actor(user),
        changes={"provider": provider.name},
    )


async def link_after(
    call: Call, conn: Connection, user: User, provider: Provider, pending: PendingLink
) -> None:
    """Link after the second factor. An identity that is linked to another account by now is left there."""
    claims = Claims(pending.subject, pending.email, "")
    if await identities.owner(conn, issuer=provider.issuer, subject=claims.subject) is None:
        await link(call, conn, user, provider, claims)


async def _create(call: Call, conn: Connection, claims: Claims, email: str) -> User:
    open_to_all = call.services.settings.registration == "open"
    if not open_to_all and not await identities.invited(conn, email, now=call.now):
        raise ApiError("registration_closed")
    made = UserId(ids.make(call.now))
    name = _name(claims, email)
    added = await identities.add_user(conn, user=made, email=email, full_name=name, now=call.now)
    user = await users.locked(conn, made) if added else None
    if user is None:  # another request registered the address at the same time
        raise ApiError("sign_in_failed")
    await call.audit(conn, action="user.registered", entity="user", entity_id=made, actor=_actor(user))
    return user


async def _take_over(call: Call, conn: Connection, user: User, name: str) -> list[SessionEnded]:
    """Give an unverified account to the owner of its mailbox.

    An attacker may have registered it in advance: every existing way to sign in to it is removed.
    """
    ended = await end_sessions.end_sessions(call, conn, user.id, except_session=None)
    await identities.drop_unproven(conn, user.id, full_name=name, now=call.now)
    await call.audit(conn, action="user.verified", entity="user", entity_id=user.id, actor=_actor(user))
    return ended


def _name(claims: Claims, email: str) -> str:
    return claims.name or email.partition("@")[0]


def _actor(user: User) -> Actor:
    return Actor("user", user.id, user.full_name)
