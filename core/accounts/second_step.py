"""The second step of signing in: a code, after the password or the provider."""

import hashlib
import hmac
from typing import Final, Literal

import msgspec

from core.accounts import identities, sessions, two_factor
from core.accounts.sessions import Begun
from core.action_context import ActionContext, MailingContext
from core.db.connection import Connection
from core.db.identity import users
from core.errors import DomainError
from core.identity import tokens
from core.identity.id_tokens import Claims
from core.identity.providers import Provider
from core.identity.tokens import Partial
from core.model import User

CodeKind = Literal["app", "recovery"]
TTL: Final = tokens.PARTIAL_LIFE  # seconds


class CodeNeeded(msgspec.Struct, frozen=True):
    """The first factor was right; the partial token is for the second step only."""

    partial_token: str


async def ask(conn: Connection, by: ActionContext, user: User, *, secret: str) -> CodeNeeded:
    """A partial token, which becomes invalid when the password changes.

    Audited, because the caller knows the password.
    """
    await by.acting(user).audit(conn, "session.code_asked", "user", user.id)
    shown = _mark(secret, user.password_hash)
    return CodeNeeded(tokens.sign_partial(secret, user=user.id, shown=shown, now=by.now))


def read(token: str, *, secret: str, now: int) -> Partial:
    """The contents of a partial token; raises DomainError `unauthenticated` or `expired`."""
    try:
        return tokens.read_partial(secret, token, now=now)
    except tokens.ExpiredToken:
        raise DomainError("expired", "The second step took too long. Sign in again.") from None
    except tokens.InvalidToken:
        raise DomainError("unauthenticated", "The partial token is not valid. Sign in again.") from None


def still_good(partial: Partial, user: User | None, *, secret: str) -> User:
    """The token's user; raises DomainError `unauthenticated` when the password has changed since."""
    if user is None:
        raise DomainError("unauthenticated")
    if not hmac.compare_digest(partial.shown, _mark(secret, user.password_hash)):
        raise DomainError("unauthenticated", "The password was changed. Sign in again.")
    return user


async def finish(
    conn: Connection,
    by: MailingContext,
    partial: Partial,
    *,
    kind: CodeKind,
    code: str,
    link: tuple[Provider, Claims] | None,
    secret: str,
    knows_device: bool,
) -> Begun:
    """Sign the user of a partial token in, with a code.

    The session's id is the token's, so that one token never begins two sessions. `link`: the identity of the
    first step, to be linked now that both factors are verified. Raises DomainError `unauthenticated`,
    `wrong_code`, `bad_credentials` or `inactive`.
    """
    user = still_good(partial, await users.locked(conn, partial.user), secret=secret)
    if kind == "app":
        await two_factor.show_app_code(conn, by, user, code)
    else:
        await two_factor.show_recovery_code(conn, by, user, code)
    await two_factor.keep(conn, by, user)
    if link is not None:
        await identities.link_unless_taken(conn, by, user, *link)
    session = bytes.fromhex(partial.jti)
    return await sessions.begin(conn, by, user, secret=secret, knows_device=knows_device, session=session)


def _mark(secret: str, password_hash: str | None) -> str:
    text = b"parley-first-factor|" + (password_hash or "").encode()
    return hmac.digest(secret.encode(), text, hashlib.sha256).hex()[:32]
