"""One attempt of a delivery: the request, and what its outcome means."""

import email.utils
import time
from typing import Final

import msgspec

from core import ids
from core.db import claims
from core.db.webhooks.sending import CLAIMS, Attempt, Due
from core.identity.encryption import Sealer, Unsealable
from core.outbound.errors import OutboundError
from core.outbound.fetch import Fetched, Fetcher
from core.webhooks import sealed, signatures

SECONDS: Final = 1000  # ms
DAY: Final = 24 * 3600 * SECONDS
TIMEOUT: Final = 5.0  # seconds
RESPONSE: Final = 4 * 1024  # bytes that are kept
GONE: Final = 410  # the receiver asks to be removed


class Outcome(msgspec.Struct, frozen=True):
    """`state` of the delivery afterwards; `wait`: ms until the next attempt. `gone`: send no more."""

    attempt: Attempt
    state: str
    wait: int
    gone: bool = False

    @property
    def delivered(self) -> bool:
        return self.state == "delivered"


async def attempt(fetcher: Fetcher, sealer: Sealer, due: Due, *, factor: float = 1) -> Outcome:
    """Sends it once; never raises for a fault of the receiver. `factor`: of the wait for the next attempt."""
    began, at = time.monotonic(), ids.now()
    answer, error = None, ""
    try:
        headers = _request_headers(sealer, due, at=at)
        answer = await fetcher.fetch(
            "POST",
            due.url,
            seconds=TIMEOUT,
            most=RESPONSE,
            headers=headers,
            content=due.payload.encode(),
            excess="cut",
            keep=due.webhook,
        )
    except OutboundError as refused:
        error = str(refused)
    except Unsealable:
        error = "The secret cannot be read: an encryption key of the server is missing."
    made = Attempt(
        at=at,
        ms=round((time.monotonic() - began) * 1000),
        status=0 if answer is None else answer.status,
        error=error,
        response="" if answer is None else _text(answer.body),
    )
    return _outcome(due, made, wait=_retry_after(answer), factor=factor)


def _outcome(due: Due, made: Attempt, *, wait: float, factor: float) -> Outcome:
    if 200 <= made.status < 300:
        return Outcome(made, "delivered", 0)
    if made.status == GONE:
        return Outcome(made, "dead", 0, gone=True)
    backoff = claims.backoff(CLAIMS, tries=due.tries)
    if backoff is None:
        return Outcome(made, "dead", 0)
    return Outcome(made, "queued", round(max(backoff * factor, wait) * SECONDS))


def _request_headers(sealer: Sealer, due: Due, *, at: int) -> dict[str, str]:
    """The project's own, then ours, which nothing replaces."""
    known = sealed.unseal(sealer, due.sealed)
    secrets = [known.secret]
    if known.previous is not None and due.previous_until is not None and at < due.previous_until:
        secrets.append(known.previous)
    return {
        **known.headers,
        "Content-Type": "application/json",
        **signatures.headers(
            secrets,
            delivery=ids.text(due.id),
            at=at,
            body=due.payload.encode(),
            replay=due.replays > 0,
        ),
    }


def _retry_after(answer: Fetched | None) -> float:
    """Seconds that the receiver asks for, at most a day; 0: it does not."""
    if answer is None or answer.status not in {429, 503}:
        return 0
    said = answer.header("Retry-After").strip()
    if said.isascii() and said.isdigit() and len(said) < 10:
        return min(float(said), DAY / SECONDS)
    try:
        until = email.utils.parsedate_to_datetime(said).timestamp()
    except (TypeError, ValueError, OverflowError):
        return 0
    return min(max(0.0, until - time.time()), DAY / SECONDS)


def _text(body: bytes) -> str:
    """For the log, in which Postgres stores no NUL."""
    return body.decode("utf-8", "replace").replace("\0", "\ufffd")
