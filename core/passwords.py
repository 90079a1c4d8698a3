"""Passwords: argon2id. Each call takes tens of ms and 19 MiB: run it off the event loop, few at a time."""

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10  # characters
MAX_LENGTH = 128  # characters

# OWASP Password Storage Cheat Sheet: argon2id, m = 19 MiB, t = 2, p = 1.
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

NOBODY = _hasher.hash("nobody has this password")
"""Verify against it when there is no such user, so that both answers take equally long."""


def hashed(password: str) -> str:
    """The hash to store, with its salt and parameters."""
    return _hasher.hash(password)


def matches(password_hash: str, password: str) -> bool:
    """Whether `password` is the one; False also for a hash that is none."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than ours now."""
    return _hasher.check_needs_rehash(password_hash)
