"""Access tokens, socket tickets, partial tokens (first factor shown): JWTs, every claim required."""

import hashlib
import hmac
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, cast

import jwt
import msgspec

from core import ids
from core.errors import CoreError
from core.ids import ProjectId, UserId
from core.model import Role

ISSUER: Final = "parley"
API: Final = "parley-api"
SOCKET: Final = "parley-socket"
SECOND_FACTOR: Final = "parley-second-factor"
ACCESS_LIFE: Final = 15 * 60  # seconds
TICKET_LIFE: Final = 60  # seconds
PARTIAL_LIFE: Final = 5 * 60  # seconds
ALGORITHM: Final = "HS256"
LEEWAY: Final = 0  # we sign and verify with our own clocks

_CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti", "sid"]


class InvalidToken(CoreError):
    """Not a valid token of ours for this use."""


class ExpiredToken(InvalidToken):
    """The token has expired: get a new one."""


class Access(msgspec.Struct, frozen=True):
    """The user and the session of an API call. `expires_at` in seconds since the epoch."""

    user: UserId
    session: bytes
    jti: str
    expires_at: int


class Partial(msgspec.Struct, frozen=True):
    """A user who has shown the first factor, not yet the second; `shown` names the first factor.

    `expires_at` in seconds since the epoch.
    """

    user: UserId
    shown: str
    jti: str
    expires_at: int


class Ticket(msgspec.Struct, frozen=True):
    """The agent who opens a socket, and in which project."""

    user: UserId
    project: ProjectId
    name: str
    role: Role
    session: bytes
    jti: str
    expires_at: int


def sign_access(secret: str, *, user: UserId, session: bytes, now: int) -> str:
    """An access token, valid for ACCESS_LIFE from `now` (ms)."""
    return _sign(secret, _claims(API, user, session, now, ACCESS_LIFE))


def read_access(secret: str, token: str, *, now: int) -> Access:
    """Raises ExpiredToken or InvalidToken."""
    claims = _read(secret, token, audience=API, now=now, required=_CLAIMS)
    return Access(UserId(_id(claims, "sub")), _id(claims, "sid"), _text(claims, "jti"), claims["exp"])


def sign_partial(secret: str, *, user: UserId, shown: str, now: int) -> str:
    """A partial token, valid for PARTIAL_LIFE from `now` (ms), only for the second factor."""
    return _sign(secret, _claims(SECOND_FACTOR, user, None, now, PARTIAL_LIFE) | {"shown": shown})


def read_partial(secret: str, token: str, *, now: int) -> Partial:
    """Raises ExpiredToken or InvalidToken; core.bus.identity.tickets makes it single-use."""
    required = [*(name for name in _CLAIMS if name != "sid"), "shown"]
    claims = _read(secret, token, audience=SECOND_FACTOR, now=now, required=required)
    shown, jti = _text(claims, "shown"), _text(claims, "jti")
    return Partial(UserId(_id(claims, "sub")), shown, jti, claims["exp"])


def sign_ticket(
    secret: str, *, user: UserId, project: ProjectId, name: str, role: Role, session: bytes, now: int
) -> str:
    """A socket ticket, valid for TICKET_LIFE from `now` (ms); `tickets` of the bus makes it single-use."""
    claims = _claims(SOCKET, user, session, now, TICKET_LIFE)
    return _sign(secret, claims | {"project": ids.text(project), "name": name, "role": role})


def read_ticket(secret: str, token: str, *, project: ProjectId, now: int) -> Ticket:
    """Raises ExpiredToken or InvalidToken, also for a ticket for another project."""
    claims = _read(secret, token, audience=SOCKET, now=now, required=[*_CLAIMS, "project", "name", "role"])
    if _id(claims, "project") != project:
        raise InvalidToken("a ticket for another project")
    role = _text(claims, "role")
    if role not in {"agent", "manager"}:
        raise InvalidToken("an unknown role")
    return Ticket(
        UserId(_id(claims, "sub")),
        project,
        _text(claims, "name"),
        cast("Role", role),
        _id(claims, "sid"),
        _text(claims, "jti"),
        claims["exp"],
    )


def _claims(audience: str, user: UserId, session: bytes | None, now: int, life: int) -> dict[str, Any]:
    at = now // 1000
    claims = {
        "iss": ISSUER,
        "aud": audience,
        "sub": ids.text(user),
        "jti": ids.make(now).hex(),
        "iat": at,
        "exp": at + life,
    }
    return claims if session is None else claims | {"sid": ids.text(session)}


def _sign(secret: str, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, _key(secret), algorithm=ALGORITHM, headers={"kid": _kid(secret)})


def _read(secret: str, token: str, *, audience: str, now: int, required: list[str]) -> Mapping[str, Any]:
    try:
        claims = _verified(secret, token, audience, tuple(required))
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise InvalidToken(type(error).__name__) from None
    expires_at = claims["exp"]
    if not isinstance(expires_at, int):
        raise InvalidToken("no expiry time")
    if now // 1000 >= expires_at + LEEWAY:
        raise ExpiredToken("expired")
    return claims


@lru_cache(maxsize=4_096)
def _verified(secret: str, token: str, audience: str, required: tuple[str, ...]) -> Mapping[str, Any]:
    """Verifies all but the expiry, which the caller checks. Cached: every request repeats the same tokens."""
    # PyJWT reads the wall clock; here the time is an argument.
    claims: dict[str, Any] = jwt.decode(
        token,
        _key(secret),
        algorithms=[ALGORITHM],
        audience=audience,
        issuer=ISSUER,
        options={"require": list(required), "verify_exp": False, "verify_iat": False, "verify_nbf": False},
    )
    return MappingProxyType(claims)


def _key(secret: str) -> bytes:
    """A separate key, so that no other use of the secret can sign a token."""
    return hmac.digest(secret.encode(), b"parley jwt", hashlib.sha256)


def _kid(secret: str) -> str:
    return hashlib.sha256(_key(secret)).hexdigest()[:8]


def _id(claims: Mapping[str, Any], name: str) -> bytes:
    try:
        return ids.parse(claims[name])
    except (ValueError, AttributeError, TypeError):
        raise InvalidToken(f"{name} is not an id") from None


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims[name]
    if not isinstance(value, str):
        raise InvalidToken(f"{name} is not a string")
    return value
