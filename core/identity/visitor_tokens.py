"""Identity tokens: what a customer's site has signed about its visitor, verified. Pure.

The messages of the errors are for the developer of the site: they name what is wrong, and no secret.
"""

import hashlib
import hmac
import math
import secrets
from collections.abc import Mapping
from typing import Any, Final

import jwt
import msgspec
from jwt.types import Options

from core import ids
from core.errors import CoreError
from core.ids import ProjectId
from core.model import Meta
from core.text import facts, names

ALGORITHM: Final = "HS256"
PREFIX: Final = "pis_"  # of a secret, so that a leaked one is recognised
TTL: Final = 24 * 60 * 60  # seconds between `iat` and `exp` at most: a stolen token is of no use later
SKEW: Final = 60  # seconds that the clock of the site may be ahead
MAX_TOKEN: Final = 8_192  # characters
MAX_ID: Final = 200  # code points
MAX_NAME: Final = 64  # code points of a fact's name, as on the wire
MAX_VALUE: Final = 1_000  # code points, as on the wire
MAX_INTEGER: Final = 2**53 - 1  # what JavaScript can count to

# Claims about the token, not about the visitor.
REGISTERED: Final = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "external_id"})


class InvalidIdentity(CoreError):
    """Not a currently valid proof of this project; the message says why."""


class Identity(msgspec.Struct, frozen=True):
    """Who the visitor is, as the site has signed. `secret`: the id of the secret that it signed with."""

    external_id: str
    facts: Meta
    secret: bytes


def fresh_secret() -> str:
    """256 random bits as text; the site signs with the characters as they are."""
    return PREFIX + secrets.token_urlsafe(32)


def read_token(token: str, known: Mapping[bytes, str], *, project: ProjectId, now: int) -> Identity:
    """The visitor in a JWT; raises InvalidIdentity. `known`: the project's secrets by id. `now` in ms.

    A token that names a secret (`kid`) is verified with that one alone.
    """
    if len(token) > MAX_TOKEN:
        raise InvalidIdentity(f"the token is longer than {MAX_TOKEN:,} characters")
    secret = _signer(token, known)
    claims = _claims(token, known[secret], project)
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    _check_times(issued, expires, now // 1000)
    if "nbf" in claims and _time(claims, "nbf") > now // 1000 + SKEW:
        raise InvalidIdentity("the token is not valid yet (`nbf`)")
    external_id = _external_id(claims.get("external_id"))
    return Identity(external_id, _facts(claims), secret)


def read_signature(
    external_id: str, expires: int, signature: str, known: Mapping[bytes, str], *, now: int
) -> Identity:
    """The visitor of the simple form: HMAC-SHA256 of `expires`, a dot and the id, in lower-case hex.

    Raises InvalidIdentity. `expires` in seconds since the epoch, `now` in ms.
    """
    _check_times(now // 1000, expires, now // 1000)
    checked = _external_id(external_id)
    message, given = f"{expires}.{checked}".encode(), signature.encode("utf-8", "replace")
    for secret, key in known.items():
        if hmac.compare_digest(hmac.digest(key.encode(), message, hashlib.sha256).hex().encode(), given):
            return Identity(checked, {}, secret)
    raise InvalidIdentity("the signature is not valid")


def _signer(token: str, known: Mapping[bytes, str]) -> bytes:
    """The id of the secret whose signature the token has."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise InvalidIdentity("not a JWT") from None
    for secret, key in known.items():
        if kid in {None, ids.text(secret)} and _is_signed(token, key):
            return secret
    raise InvalidIdentity("the signature is not valid: check the secret, its `kid`, and the algorithm HS256")


def _is_signed(token: str, key: str) -> bool:
    try:
        _verified(token, key, None)
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
        return False
    return True


def _claims(token: str, key: str, project: ProjectId) -> dict[str, Any]:
    try:
        return _verified(token, key, ids.text(project))
    except jwt.InvalidAudienceError:
        raise InvalidIdentity("`aud` is not the id of this project") from None


def _verified(token: str, key: str, audience: str | None) -> dict[str, Any]:
    """The claims, without their times: PyJWT reads the wall clock, and here the time is an argument."""
    options: Options = {
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "verify_aud": audience is not None,
        "require": ["aud", "iat", "exp", "external_id"],
    }
    try:
        found: dict[str, Any] = jwt.decode(
            token, key.encode(), algorithms=[ALGORITHM], audience=audience, options=options
        )
    except jwt.MissingRequiredClaimError as missing:
        raise InvalidIdentity(f"the token has no `{missing.claim}`") from None
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError, jwt.InvalidAudienceError):
        raise
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise InvalidIdentity("not a valid JWT") from None
    return found


def _time(claims: Mapping[str, Any], name: str) -> float:
    """Seconds since the epoch; JavaScript and PHP give fractions of them, too."""
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidIdentity(f"`{name}` is not a number of seconds")
    return value


def _check_times(issued: float, expires: float, now: int) -> None:
    if expires <= now:
        raise InvalidIdentity("expired")
    if issued > now + SKEW:
        raise InvalidIdentity("not valid yet: `iat` lies in the future; it is in seconds, not milliseconds")
    if expires - issued > TTL:
        raise InvalidIdentity("valid for longer than 24 hours")


def _external_id(given: object) -> str:
    """Compared code point by code point, so nothing that is invisible may distinguish two of them."""
    if not isinstance(given, str):
        raise InvalidIdentity("`external_id` is not a text")
    if not 0 < len(given) <= MAX_ID:
        raise InvalidIdentity(f"`external_id` has no character, or more than {MAX_ID}")
    if not _is_writable(given) or names.clean(given) != given or not names.is_visible(given):
        raise InvalidIdentity("`external_id` has invisible characters or surplus blanks")
    return given


def _facts(claims: Mapping[str, Any]) -> Meta:
    said = {name: value for name, value in claims.items() if name not in REGISTERED and value is not None}
    for name, value in said.items():
        if not isinstance(value, str | int) or (isinstance(value, int) and abs(value) > MAX_INTEGER):
            raise InvalidIdentity(f"`{name[:MAX_NAME]}` is not a text, a whole number, true or false")
        if len(name) > MAX_NAME or (isinstance(value, str) and len(value) > MAX_VALUE):
            raise InvalidIdentity(f"`{name[:MAX_NAME]}` is longer than {MAX_VALUE:,} characters")
        if not _is_writable(name) or (isinstance(value, str) and not _is_writable(value)):
            raise InvalidIdentity("a text is not valid Unicode")
    kept = facts.merged({}, said) or {}
    if len(kept) < sum(1 for name, value in said.items() if names.clean(name) and value != ""):
        raise InvalidIdentity(f"more than {facts.MAX_FACTS} facts, or more than {facts.MAX_BYTES:,} bytes")
    return kept


def _is_writable(text: str) -> bool:
    """JSON can hold half a character, which UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
