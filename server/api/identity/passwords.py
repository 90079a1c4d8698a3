"""Passwords in routes: hashing in threads, and re-authentication before sensitive changes."""

from collections.abc import Callable
from typing import Final, TypeVar

import trio

from core.accounts import proof
from core.identity import passwords
from core.ids import UserId
from core.model import User
from server.api.http.calls import Call, UserCall
from server.api.http.problems import ApiError
from server.api.services.rate_limiter import PROOF, Attempt
from server.api.services.services import Services

T = TypeVar("T")
MAX_QUEUE: Final = 64  # requests queued for a hash; beyond it they are refused at once


async def hashed(services: Services, password: str) -> str:
    """The hash to store; raises ApiError `unavailable` when too many requests wait for a hash."""
    return await _off_the_loop(services, passwords.hashed, password)


async def verdict(services: Services, known: str | None, password: str) -> passwords.Verdict:
    """Verify a password; takes the same time when `known` is None. Raises as `hashed` does."""
    if len(passwords.prepared(password)) > passwords.MAX_LENGTH:
        password = ""
    found = await _off_the_loop(services, passwords.verdict, known or passwords.DUMMY_HASH, password)
    return found if known is not None else "wrong"


async def matches(services: Services, known: str | None, password: str) -> bool:
    """Whether the password is right; see `verdict`."""
    return await verdict(services, known, password) != "wrong"


async def take_as_long(services: Services) -> None:
    """Spend the time of one hash: beside it the cost of queueing an email, or not, cannot be measured."""
    await hashed(services, "a dummy password")


async def require_password(call: UserCall, password: str | None) -> User:
    """Re-authenticate: returns the caller after checking the password again, or the age of the session.

    Raises ApiError `wrong_password`, and as `proof.to_prove` does. Rate limited, because a stolen session
    must not become a stolen account.
    """
    async with call.services.database.connection() as conn:
        user = await proof.to_prove(conn, call.user.user, session=call.session, now=call.now)
    if user.password_hash is not None:
        await password_of(call, user.id, user.password_hash, password)
    return user


async def password_of(call: Call, user: UserId, known: str | None, password: str | None) -> None:
    """Raises ApiError `wrong_password` unless the password is right; rate limited per user."""
    counted = Attempt(PROOF, user.hex())
    await call.services.rate_limiter.attempt(counted)
    if password is None or not await matches(call.services, known, password):
        raise ApiError("wrong_password")
    await call.services.rate_limiter.reset(counted)


async def _off_the_loop(services: Services, work: Callable[..., T], *args: str) -> T:
    if services.hashing.statistics().tasks_waiting >= MAX_QUEUE:
        raise ApiError("unavailable", "Too many sign-ins at once. Try again in a moment.", retry=2.0)
    return await trio.to_thread.run_sync(work, *args, limiter=services.hashing)
