"""Refresh tokens: opaque, rotated at every use, stored only as SHA-256."""

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

from core.db.connection import Connection
from core.db.identity import sessions
from core.ids import UserId
from core.model import Session

DAY_MS: Final = 24 * 60 * 60 * 1000
LIFE_MS: Final = 30 * DAY_MS
LONGEST_DAYS: Final = 180  # of one session, however often its token is rotated
GRACE_MS: Final = 10_000

_SESSION: Final = 16  # bytes of a token that identify its family, the session
_NONCE: Final = 32  # bytes: random in the first token, derived from its predecessor in the others
_SEAL: Final = 16  # bytes: HMAC, so that only we can make tokens of a family


class Reused(Exception):
    """A rotated token was used again: stolen or replayed. `session` is its family, which must end."""

    def __init__(self, session: Session) -> None:
        super().__init__("a refresh token was used again")
        self.session = session


def fresh(session: bytes, *, secret: str) -> str:
    """The first token of a session, with 32 random bytes."""
    return _sealed(session, secrets.token_bytes(_NONCE), secret=secret)


def successor(token: str, *, secret: str) -> str:
    """The successor of `token`, which must be one of ours.

    Derived, not random: tabs that refresh at the same moment all get the same one, and a predecessor is
    recognised without storing it.
    """
    nonce = hmac.digest(secret.encode(), b"parley-refresh|" + token.encode(), hashlib.sha256)
    return _sealed(_unpacked(token)[:_SESSION], nonce, secret=secret)


def family(token: str, *, secret: str) -> bytes | None:
    """The session that a token belongs to, however often it was rotated; None when it is not ours."""
    raw = _unpacked(token)
    if len(raw) != _SESSION + _NONCE + _SEAL:
        return None
    body, seal = raw[:-_SEAL], raw[-_SEAL:]
    return body[:_SESSION] if hmac.compare_digest(seal, _seal(body, secret=secret)) else None


def digest(token: str) -> bytes:
    """The digest of a token that is stored."""
    return hashlib.sha256(token.encode()).digest()


async def begin(
    conn: Connection, user: UserId, *, session: bytes, secret: str, device: str, address: str, now: int
) -> str | None:
    """Begin a session; returns its first token, or None when a session of that id has begun before."""
    token = fresh(session, secret=secret)
    is_new = await sessions.add(
        conn,
        session=session,
        user=user,
        token_hash=digest(token),
        device=device,
        address=address,
        now=now,
        expires_at=now + LIFE_MS,
    )
    return token if is_new else None


async def rotate(
    conn: Connection, token: str, *, secret: str, address: str, now: int
) -> tuple[Session, str] | None:
    """Rotate `token`: returns its session and its successor; None when it is not valid.

    The immediate predecessor stays valid for GRACE_MS and returns the same successor. After that, and for any
    older token, raises Reused: then the session must end, for the thief and for the owner.
    """
    session = family(token, secret=secret)
    if session is None:
        return None
    replaced = successor(token, secret=secret)
    done = await sessions.rotate(
        conn,
        old_hash=digest(token),
        new_hash=digest(replaced),
        address=address,
        now=now,
        expires_at=now + LIFE_MS,
        longest_days=LONGEST_DAYS,
    )
    found = await sessions.by_token(conn, digest(replaced), now=now)
    if found is not None and (done or now - found.rotated_at <= GRACE_MS):
        return found, replaced
    living = await sessions.by_id(conn, session, now=now)
    if living is not None:
        raise Reused(living)
    return None


async def find(conn: Connection, token: str, *, secret: str, now: int) -> Session | None:
    """The session of a token, or of its immediate predecessor; None when it has ended."""
    if family(token, secret=secret) is None:
        return None
    found = await sessions.by_token(conn, digest(token), now=now)
    return found or await sessions.by_token(conn, digest(successor(token, secret=secret)), now=now)


def _sealed(session: bytes, nonce: bytes, *, secret: str) -> str:
    body = session + nonce
    return _packed(body + _seal(body, secret=secret))


def _seal(body: bytes, *, secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"parley-refresh-seal|" + body, hashlib.sha256)[:_SEAL]


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unpacked(token: str) -> bytes:
    """The bytes of a token; empty for a text that is not exactly as we encode it."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return b""
    return raw if _packed(raw) == token else b""
