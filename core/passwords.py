"""Passwords: which may be chosen; argon2id, of tens of ms and 19 MiB: off the loop, few at a time."""

from functools import cache
from typing import Literal

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10  # characters
MAX_LENGTH = 128  # characters

Fault = Literal["too_short", "too_long", "too_common", "own_email"]

# OWASP Password Storage Cheat Sheet: argon2id, m = 19 MiB, t = 2, p = 1.
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

NOBODY = _hasher.hash("nobody has this password")
"""Verify against it when there is no such user, so that both answers take equally long."""


def fault(password: str, *, email: str) -> Fault | None:
    """Why nobody may choose this password; None for one that is fine. Lengths in code points."""
    if len(password) < MIN_LENGTH:
        return "too_short"
    if len(password) > MAX_LENGTH:
        return "too_long"
    plain = password.strip().lower()
    if plain in _common():
        return "too_common"
    return "own_email" if plain in {email, email.partition("@")[0]} else None


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


@cache
def _common() -> frozenset[str]:
    """Of zxcvbn's 30,000 most common passwords those that are long enough to be chosen."""
    # Here and not above: its lists take 14 MB, which only a process in which somebody chooses has to spend.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]  # no stubs are kept for it

    return frozenset(each for each in FREQUENCY_LISTS["passwords"] if len(each) >= MIN_LENGTH)
