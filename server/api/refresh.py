"""Refresh tokens: opaque, rotated at every use, kept only as sha-256; and the cookie that carries them."""

import hashlib
import hmac
import secrets
from typing import Final

from core import ids
from core.db import sessions
from core.db.connection import Connection
from core.ids import UserId
from core.model import Session
from server.api.access import COOKIE

DAY_MS: Final = 24 * 60 * 60 * 1000
LIFE_MS: Final = 30 * DAY_MS
GRACE_MS: Final = 10_000
PATH: Final = "/api/v1/auth"


def fresh() -> str:
    """A new token, of 32 random bytes."""
    return secrets.token_urlsafe(32)


def successor(token: str, *, secret: str) -> str:
    """The token that replaces `token`.

    Derived and not random, so that tabs which refresh at the same moment all get the same one, and whoever
    shows the predecessor is recognised without keeping it.
    """
    return hmac.new(secret.encode(), b"parley-refresh|" + token.encode(), hashlib.sha256).hexdigest()


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


async def begin(conn: Connection, user: UserId, *, now: int) -> tuple[Session, str]:
    """A new sign-in with its first token."""
    session, token = ids.make(now), fresh()
    await sessions.add(
        conn, session=session, user=user, token_hash=digest(token), now=now, expires_at=now + LIFE_MS
    )
    return Session(session, user, now, now + LIFE_MS), token


async def rotate(conn: Connection, token: str, *, secret: str, now: int) -> tuple[Session, str] | None:
    """The sign-in of `token` and the token that replaces it; None when it is worth nothing.

    The immediate predecessor is good for GRACE_MS longer and returns the same successor. Shown later, it was
    stolen or replayed: then the sign-in ends, for the thief as for the owner.
    """
    replaced = successor(token, secret=secret)
    done = await sessions.rotate(
        conn, old_hash=digest(token), new_hash=digest(replaced), expires_at=now + LIFE_MS
    )
    found = await sessions.by_token(conn, digest(replaced), now=now)
    if found is None:
        return None
    if not done and now - (found.expires_at - LIFE_MS) > GRACE_MS:
        await sessions.end(conn, found.id)
        return None
    return found, replaced


async def find(conn: Connection, token: str, *, secret: str, now: int) -> Session | None:
    """The sign-in of a token, or of the immediate predecessor of one."""
    found = await sessions.by_token(conn, digest(token), now=now)
    return found or await sessions.by_token(conn, digest(successor(token, secret=secret)), now=now)


def cookie(token: str, *, secure: bool) -> tuple[str, str]:
    """The header that keeps `token` where scripts cannot read it; an empty one forgets it."""
    age = LIFE_MS // 1000 if token else 0
    flags = "; Secure" if secure else ""
    return "Set-Cookie", f"{COOKIE}={token}; Path={PATH}; Max-Age={age}; HttpOnly; SameSite=Lax{flags}"
