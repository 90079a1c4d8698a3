"""API keys: how they look, what is kept of them, and what one may be allowed to do."""

import hashlib
import secrets
from typing import Final, Literal

Scope = Literal["conversations:read", "messages:write", "conversations:write", "members:read"]

PREFIX: Final = "plk_"
HINT: Final = 10  # characters of a key that are kept as they are, by which people tell keys apart


def fresh() -> str:
    """A new key, of 32 random bytes."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(key: str) -> bytes:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).digest()
