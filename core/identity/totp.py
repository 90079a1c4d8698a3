"""The second factor: TOTP secrets and codes (RFC 6238), their QR code, recovery codes. Pure."""

import base64
import hashlib
import hmac
import secrets
from itertools import groupby
from typing import Final

import pyotp
import segno

from core.ids import UserId

APP: Final = "Parley"
SECRET: Final = 20  # bytes: 160 bits, the length of the hash
STEP: Final = 30  # seconds
DIGITS: Final = 6
SKEW: Final = 1  # steps before and after now that are accepted too: clocks of phones are inaccurate
RECOVERY_CODES: Final = 10
QUIET_ZONE: Final = 4  # modules around a QR code

# Crockford's alphabet, without characters that are easily confused. 12 characters are 60 bits.
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH: Final = 12
_MISREAD: Final = str.maketrans("oil", "011", " -")


def fresh_secret() -> bytes:
    """A new secret."""
    return secrets.token_bytes(SECRET)


def written(secret: bytes) -> str:
    """A secret as users type it into an app: base32."""
    return base64.b32encode(secret).decode()


def uri(secret: bytes, *, account: str) -> str:
    """The content of the QR code; `account` is displayed by the app."""
    return _totp(secret).provisioning_uri(name=account, issuer_name=APP)


def qr_svg(text: str) -> str:
    """The QR code as an SVG with one path for the dark modules; without a fixed size."""
    made = segno.make_qr(text, error="m")
    parts = []
    for y, row in enumerate(made.matrix_iter(border=QUIET_ZONE)):
        x = 0
        for dark, run in groupby(row):
            width = len(list(run))
            if dark:
                parts.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    size = made.symbol_size(border=QUIET_ZONE)[0]
    path = "".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"><path d="{path}"/></svg>'


def step_of(secret: bytes, code: str, *, now: int) -> int | None:
    """The step of a code near `now` (ms); None for a wrong code. The caller accepts each step once only."""
    totp, current = _totp(secret), now // 1000 // STEP
    given = code.replace(" ", "").encode()
    found = None
    for step in range(current - SKEW, current + SKEW + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), given):
            found = step
    return found


def fresh_recovery_codes() -> list[str]:
    """RECOVERY_CODES new ones, as users see them: `7k3m-x0qp-9dwe`."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def recovery_digest(user: UserId, code: str) -> bytes:
    """The stored digest of a recovery code, however it was typed. 60 random bits need no slower hash."""
    plain = code.lower().translate(_MISREAD)
    return hashlib.sha256(user + plain.encode()).digest()


def _recovery_code() -> str:
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return "-".join((code[:4], code[4:8], code[8:]))


def _totp(secret: bytes) -> pyotp.TOTP:
    return pyotp.TOTP(written(secret), digits=DIGITS, interval=STEP)
