"""The device cookie marks browsers in which a user has signed in, so that an attack on the account does not
rate limit them.

Signed, not stored: it grants only five attempts of its own, and suppresses the email about a new device.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

from core.ids import UserId

MAX_USERS: Final = 5  # users who share a browser; beyond it the earliest is dropped

_DEVICE: Final = 16  # bytes, random
_MARK: Final = 16  # bytes: HMAC of device and user


def known(cookie: str, user: UserId, *, secret: str) -> bytes | None:
    """The device's id if `user` has signed in from it before."""
    device, marks = _read(cookie)
    mine = _mark(device, user, secret=secret)
    return device if any(hmac.compare_digest(mark, mine) for mark in marks) else None


def remembering(cookie: str, user: UserId, *, secret: str) -> str:
    """The cookie with `user` added; with a new device id if there was none."""
    device, marks = _read(cookie)
    device = device or secrets.token_bytes(_DEVICE)
    mine = _mark(device, user, secret=secret)
    kept = [*(mark for mark in marks if mark != mine), mine][-MAX_USERS:]
    return base64.urlsafe_b64encode(device + b"".join(kept)).rstrip(b"=").decode()


def _read(cookie: str) -> tuple[bytes, list[bytes]]:
    if len(cookie) > 200:
        return b"", []
    try:
        raw = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
    except (binascii.Error, ValueError):
        return b"", []
    if len(raw) < _DEVICE or (len(raw) - _DEVICE) % _MARK:
        return b"", []
    marks = [raw[at : at + _MARK] for at in range(_DEVICE, len(raw), _MARK)]
    return raw[:_DEVICE], marks[-MAX_USERS:]


def _mark(device: bytes, user: UserId, *, secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"parley-device|" + device + user, hashlib.sha256)[:_MARK]
