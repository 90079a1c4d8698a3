"""Seals the answer kept for an Idempotency-Key: it can be read only when a caller sends that key again.

Some answers contain a secret that is shown once, of which the server otherwise stores a digest. So there are
two seals: the inner one's key is derived from the Idempotency-Key, which is stored nowhere.
"""

import hashlib
import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.identity.encryption import NONCE, Sealer, Unsealable

LABEL: Final = b"parley idempotency "


def request_id(secret: str, *, project: bytes, caller: bytes, route: str, key: str) -> bytes:
    """16 bytes that stand for a key of this caller on this route."""
    return _keyed(secret, b"id", project, caller, route.encode(), key.encode())[:16]


def request_hash(secret: str, *parts: bytes) -> bytes:
    """32 bytes that tell whether two requests are the same. Keyed, because bodies may hold passwords."""
    return _keyed(secret, b"request", *parts)


def seal(sealer: Sealer, answer: bytes, *, request: bytes, key: str) -> bytes:
    """The answer as it is stored."""
    nonce = os.urandom(NONCE)
    inner = nonce + AESGCM(_inner_key(request, key)).encrypt(nonce, answer, request)
    return sealer.seal(inner, purpose=_purpose(request))


def unseal(sealer: Sealer, sealed: bytes, *, request: bytes, key: str) -> bytes:
    """The answer; raises Unsealable, for example after its encryption key was removed."""
    inner = sealer.open(sealed, purpose=_purpose(request))
    try:
        return AESGCM(_inner_key(request, key)).decrypt(inner[:NONCE], inner[NONCE:], request)
    except (InvalidTag, ValueError):
        raise Unsealable("changed, or sealed for another key") from None


def _purpose(request: bytes) -> str:
    return f"kept_answer|{request.hex()}"


def _inner_key(request: bytes, key: str) -> bytes:
    return hashlib.sha256(LABEL + b"answer" + request + key.encode()).digest()


def _keyed(secret: str, *parts: bytes) -> bytes:
    """An HMAC over parts whose boundaries count."""
    made = hmac.new(secret.encode(), LABEL, hashlib.sha256)
    for part in parts:
        made.update(len(part).to_bytes(4, "big") + part)
    return made.digest()
