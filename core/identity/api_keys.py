"""API keys: their format, their stored digest, and their scopes."""

import hashlib
import secrets
from typing import Final, Literal

Scope = Literal[
    "conversations:read",
    "messages:write",
    "conversations:write",
    "members:read",
    "project:read",
    "project:write",
    "webhooks:write",
]

PREFIX: Final = "plk_"
HINT: Final = 10  # characters of a key that are stored in clear, so that people can distinguish keys


def fresh() -> str:
    """A new key, of 32 random bytes."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(key: str) -> bytes:
    """The stored form of a key."""
    return hashlib.sha256(key.encode()).digest()
