"""Signed URLs of files: each for one file and one variant, and short-lived. Nothing is stored."""

import base64
import hashlib
import hmac
from typing import Final

from core import ids
from core.attachments.limits import MINUTES, URL_TTL
from core.ids import ProjectId

ORIGINAL: Final = "original"
THUMBNAIL: Final = "thumbnail"
STEP: Final = 5 * MINUTES
"""Addresses made within a step are the same, so that browsers load a picture once."""
_MAC: Final = 18  # bytes; a multiple of 3 needs no padding


def expires_at(now: int) -> int:
    """When an address of now ends: after at least half of URL_TTL."""
    return (now // STEP) * STEP + URL_TTL


def address(secret: str, project: ProjectId, file: bytes, variant: str, *, expires: int) -> str:
    """The path and the query of an address."""
    signature = _sign(secret, project, file, variant, expires)
    return f"/files/{ids.text(project)}/{ids.text(file)}/{variant}?expires={expires}&signature={signature}"


def is_valid(
    secret: str, project: ProjectId, file: bytes, variant: str, *, expires: int, signature: str, now: int
) -> bool:
    """Whether we have signed it, and its time is not over."""
    right = _sign(secret, project, file, variant, expires)
    return hmac.compare_digest(right.encode(), signature.encode()) and now < expires


def _sign(secret: str, project: ProjectId, file: bytes, variant: str, expires: int) -> str:
    key = hashlib.sha256(b"parley file address:" + secret.encode()).digest()
    said = b"".join((project, file, expires.to_bytes(8, "big"), variant.encode()))
    return base64.urlsafe_b64encode(hmac.digest(key, said, "sha256")[:_MAC]).decode()
