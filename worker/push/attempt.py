"""One attempt of a push: encrypted for the browser (RFC 8291), signed (RFC 8292), sent (RFC 8030)."""

import base64
import email.utils
import hashlib
import time
from typing import Any, Final, Literal

import msgspec

from core.notifications.payloads import MAX_PAYLOAD
from core.notifications.subscriptions import Subscription, written
from core.outbound.errors import OutboundError
from core.outbound.fetch import Fetched, Fetcher

TIMEOUT: Final = 10.0  # seconds
MAX_RESPONSE: Final = 1024  # bytes that are read
MAX_BODY: Final = 4096  # bytes: what every push service takes (RFC 8030, 7.2)
TOKEN_TTL: Final = 12 * 3600  # seconds; at most a day is allowed
GONE: Final = frozenset({404, 410})
LATER: Final = frozenset({408, 425, 429})

State = Literal["sent", "gone", "later", "refused"]


class Outcome(msgspec.Struct, frozen=True):
    """`gone`: the push service has forgotten the browser. `wait`: seconds that it asks for."""

    state: State
    reason: str = ""
    wait: float = 0


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """`payload`: at most MAX_PAYLOAD bytes. `ttl` in seconds. `topic`: replaces one that waits."""

    payload: bytes
    ttl: int
    topic: str


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """The installation's key pair, and whom push services may write to (`sub`: mailto: or https:)."""

    private: bytes
    contact: str


def topic(*parts: bytes) -> str:
    """At most 32 characters of base64url (RFC 8030, 5.4), from which the parts cannot be told."""
    return written(hashlib.sha256(b"|".join(parts)).digest()[:24])


async def attempt(fetcher: Fetcher, to: Subscription, message: Message, signer: Signer) -> Outcome:
    """Sends it once; never raises for a fault of the push service."""
    if len(message.payload) > MAX_PAYLOAD:
        return Outcome("refused", "the payload is too long")
    try:
        body = encrypted(to, message.payload)
        headers = {
            "TTL": str(message.ttl),
            "Urgency": "high",
            "Topic": message.topic,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Authorization": signature(to.origin, signer),
        }
        # Not kept open: the address is a secret of one browser, and a phone gets few messages an hour.
        answer = await fetcher.fetch(
            "POST",
            to.endpoint,
            seconds=TIMEOUT,
            most=MAX_RESPONSE,
            headers=headers,
            content=body,
            excess="cut",
        )
    except OutboundError as refused:
        return Outcome("later", refused.code)
    return _outcome(answer)


def encrypted(to: Subscription, payload: bytes) -> bytes:
    """The body of the request, for this browser alone."""
    pusher = _pywebpush().WebPusher({"endpoint": to.endpoint, "keys": {"p256dh": to.p256dh, "auth": to.auth}})
    body: bytes = pusher.encode(payload, content_encoding="aes128gcm")["body"]
    if len(body) > MAX_BODY:
        raise ValueError("a push message is too long")  # MAX_PAYLOAD leaves room
    return body


def signature(audience: str, signer: Signer) -> str:
    """The field Authorization."""
    claims = {"aud": audience, "sub": signer.contact, "exp": int(time.time()) + TOKEN_TTL}
    pair = _vapid().from_raw(base64.urlsafe_b64encode(signer.private).rstrip(b"="))
    signed: str = pair.sign(claims)["Authorization"]
    return signed


def contact(mailbox: str, origin: str) -> str:
    """`sub`: an operator's mailbox, else the public address; some services refuse localhost."""
    if mailbox and not mailbox.endswith("@localhost"):
        return f"mailto:{mailbox}"
    return origin if origin.startswith("https://") else "mailto:parley@localhost"


def load() -> None:
    """Imports what encrypts and signs: that takes a third of a second, so call it in a thread first."""
    _pywebpush()
    _vapid()


def _pywebpush() -> Any:
    import pywebpush

    return pywebpush


def _vapid() -> Any:
    import py_vapid

    return py_vapid.Vapid02


def _outcome(answer: Fetched) -> Outcome:
    status = answer.status
    if 200 <= status < 300:
        return Outcome("sent")
    if status in GONE:
        return Outcome("gone", str(status))
    if status in LATER or status >= 500:
        return Outcome("later", str(status), wait=_retry_after(answer))
    return Outcome("refused", str(status))


def _retry_after(answer: Fetched) -> float:
    """Seconds that the push service asks for; 0: it does not."""
    said = answer.header("Retry-After").strip()
    if said.isascii() and said.isdigit() and len(said) < 10:
        return float(said)
    try:
        until = email.utils.parsedate_to_datetime(said).timestamp()
    except (TypeError, ValueError, OverflowError):
        return 0
    return max(0.0, until - time.time())
