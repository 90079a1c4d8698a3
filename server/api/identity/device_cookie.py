"""The device cookie: in which browser somebody signed in before, so that an attack on the account spares it.

Signed and not stored: what it grants is five guesses of its own, and no mail about a new device.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

from core.ids import UserId

MOST: Final = 5  # people who share a browser; the one who came first is forgotten

_DEVICE: Final = 16  # bytes, random
_MARK: Final = 16  # bytes: of device and user, under our secret


def known(cookie: str, user: UserId, *, secret: str) -> bytes | None:
    """The device's id if `user` signed in from it before."""
    device, marks = _read(cookie)
    mine = _mark(device, user, secret=secret)
    return device if any(hmac.compare_digest(mark, mine) for mark in marks) else None


def remembering(cookie: str, user: UserId, *, secret: str) -> str:
    """The cookie with `user` in it; a new device where there was none."""
    device, marks = _read(cookie)
    device = device or secrets.token_bytes(_DEVICE)
    mine = _mark(device, user, secret=secret)
    kept = [*(mark for mark in marks if mark != mine), mine][-MOST:]
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
    return raw[:_DEVICE], marks[-MOST:]


def _mark(device: bytes, user: UserId, *, secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"parley-device|" + device + user, hashlib.sha256)[:_MARK]
