"""Passwords: policy and argon2id hashes. A hash takes tens of ms and 19 MiB: off the loop, few at a time."""

import unicodedata
from functools import cache
from typing import Final, Literal

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10  # characters
MAX_LENGTH = 128  # characters

Fault = Literal["too_short", "too_long", "too_common", "own_email"]
Verdict = Literal["right", "outdated", "wrong"]
"""`outdated`: correct, but rehash it: weaker parameters, or a hash of the text before `prepared`."""

# Phrases that are famous as examples of a good password. Written here without blanks and punctuation.
_FAMOUS: Final = frozenset(
    {
        "correcthorsebatterystaple",
        "correcthorsestaplebattery",
        "tobeornottobe",
        "tobeornottobethatisthequestion",
        "thequickbrownfox",
        "thequickbrownfoxjumpsoverthelazydog",
        "maytheforcebewithyou",
        "openthepodbaydoorshal",
        "passwordpassword",
    }
)

# OWASP Password Storage Cheat Sheet: argon2id, m = 19 MiB, t = 2, p = 1.
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

DUMMY_HASH = _hasher.hash("no account has this password")
"""Verify against it when the user does not exist, so that both replies take the same time."""


def prepared(password: str) -> str:
    """The password as it is hashed and compared: RFC 8265, OpaqueString.

    Blanks of other scripts become spaces, and characters with marks are composed (NFC): keyboards differ in
    the code points that they send for the same keys.
    """
    spaced = "".join(" " if unicodedata.category(char) == "Zs" else char for char in password)
    return unicodedata.normalize("NFC", spaced)


def fault(password: str, *, email: str) -> Fault | None:
    """Why this password is refused; None for an acceptable one. Lengths in code points, prepared."""
    password = prepared(password)
    if len(password) < MIN_LENGTH:
        return "too_short"
    if len(password) > MAX_LENGTH:
        return "too_long"
    plain = password.strip().lower()
    if plain in _common() or "".join(filter(str.isalnum, plain)) in _FAMOUS:
        return "too_common"
    return "own_email" if plain in {email, email.partition("@")[0]} else None


def hashed(password: str) -> str:
    """The hash to store, with its salt and parameters."""
    return _hasher.hash(prepared(password))


def verdict(password_hash: str, password: str) -> Verdict:
    """Whether `password` is correct; `wrong` also for an invalid hash.

    A text that differs from its prepared form is also tried as typed, for hashes from before 0.2.0.
    """
    ready = prepared(password)
    if _verified(password_hash, ready):
        return "outdated" if _hasher.check_needs_rehash(password_hash) else "right"
    return "outdated" if ready != password and _verified(password_hash, password) else "wrong"


def _verified(password_hash: str, text: str) -> bool:
    try:
        return _hasher.verify(password_hash, text)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _common() -> frozenset[str]:
    """Those of zxcvbn's 30,000 most common passwords that are long enough to be accepted."""
    # Imported here: its lists take 14 MB, which only a process in which a user chooses a password needs.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]  # no stubs are kept for it

    return frozenset(each for each in FREQUENCY_LISTS["passwords"] if len(each) >= MIN_LENGTH)
