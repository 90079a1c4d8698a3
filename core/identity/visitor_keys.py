"""Visitor keys: signed tokens by which a returning browser is recognised. Never stored."""

import base64
import binascii
import hashlib
import hmac
from typing import Final

from core.errors import CoreError
from core.ids import ProjectId, VisitorId

VERSION: Final = 1
VALID: Final = 365 * 24 * 60 * 60 * 1000  # ms
FRESH: Final = 24 * 60 * 60 * 1000  # ms; an older key is replaced by the next `welcome`
# ms that another server's clock may be ahead. A refused key loses the visitor's conversation, while
# a fast clock can only extend the validity of a key that we have signed.
SKEW: Final = 60 * 60 * 1000

_BODY = 1 + 16 + 16 + 8
_MAC = 32


class InvalidKey(CoreError):
    """Not a currently valid key of this project."""


def sign_visitor_key(secret: str, project: ProjectId, visitor: VisitorId, now: int) -> str:
    """A key for one year from `now` (ms), as URL-safe text without padding."""
    body = bytes([VERSION]) + project + visitor + now.to_bytes(8, "big")
    return base64.urlsafe_b64encode(body + _mac(secret, body)).rstrip(b"=").decode()


def read_visitor_key(secret: str, key: str, project: ProjectId, now: int) -> VisitorId:
    """The visitor of a key; raises InvalidKey for a forged or expired one, or one of another project."""
    return _read(secret, key, project, now)[0]


def stale(secret: str, key: str, project: ProjectId, now: int) -> bool:
    """Whether a valid key is old enough to be replaced; raises InvalidKey."""
    return now - _read(secret, key, project, now)[1] > FRESH


def _read(secret: str, key: str, project: ProjectId, now: int) -> tuple[VisitorId, int]:
    try:
        raw = base64.b64decode(key.encode("ascii") + b"=" * (-len(key) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise InvalidKey("not base64url") from None
    if len(raw) != _BODY + _MAC or raw[0] != VERSION:
        raise InvalidKey("not a key of this version")
    body, mac = raw[:_BODY], raw[_BODY:]
    if not hmac.compare_digest(mac, _mac(secret, body)):
        raise InvalidKey("invalid signature")
    if body[1:17] != project:
        raise InvalidKey("a key of another project")
    issued = int.from_bytes(body[33:], "big")
    if not issued - SKEW <= now < issued + VALID:
        raise InvalidKey("expired")
    return VisitorId(body[17:33]), issued


def _mac(secret: str, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"parley visitor key\0" + body, hashlib.sha256)
