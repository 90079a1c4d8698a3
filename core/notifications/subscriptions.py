"""A browser's subscription at its push service (RFC 8030, 8291): what is valid, and how it is kept."""

import base64
import binascii
import hashlib
import hmac
import ipaddress
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from core.errors import InvalidField
from core.identity.encryption import Sealer
from core.outbound.addresses import Network, is_listed, is_public

MAX_SUBSCRIPTIONS: Final = 10  # per user; beyond it the oldest goes
MAX_ENDPOINT: Final = 1000  # characters
MAX_HOST: Final = 253  # characters of a name (RFC 1035)
PUBLIC_KEY: Final = 65  # bytes: an uncompressed point of P-256
AUTH: Final = 16  # bytes


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `push_subscriptions.sealed`. `p256dh` and `auth` in base64url, as browsers give them."""

    endpoint: str
    p256dh: str
    auth: str

    @property
    def origin(self) -> str:
        """Of the push service: the audience of our signature."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        return urlsplit(self.endpoint).hostname or ""


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Subscription).decode


def checked(endpoint: str, p256dh: str, auth: str, *, allowed: list[Network]) -> Subscription:
    """The subscription; raises InvalidField.

    Where the host name leads is checked with every request. `allowed`: networks that an operator allowed.
    """
    _check_endpoint(endpoint, allowed)
    point = _decoded("keys.p256dh", p256dh, length=PUBLIC_KEY)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise InvalidField("keys.p256dh", "not_a_key", "This is not a public key of P-256.") from None
    secret = _decoded("keys.auth", auth, length=AUTH)
    return Subscription(endpoint=endpoint, p256dh=written(point), auth=written(secret))


def seal(sealer: Sealer, value: Subscription, subscription: bytes) -> bytes:
    return sealer.seal(_encode(value), purpose=purpose(subscription))


def unseal(sealer: Sealer, sealed: bytes, subscription: bytes) -> Subscription:
    """Raises Unsealable."""
    return _decode(sealer.open(sealed, purpose=purpose(subscription)))


def purpose(subscription: bytes) -> str:
    """The purpose of push_subscriptions.sealed: bound to the subscription's id."""
    return f"push_subscription|{subscription.hex()}"


def endpoint_hash(secret: str, endpoint: str) -> bytes:
    """Finds a browser again whose address is sealed. Keyed: the address alone is a permission to push."""
    return hmac.digest(secret.encode(), b"push endpoint|" + endpoint.encode(), hashlib.sha256)


def _check_endpoint(endpoint: str, allowed: list[Network]) -> None:
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint
    plain = plain and len(host or "") <= MAX_HOST
    if not plain or parts.scheme != "https" or not host or parts.username or parts.password or port == 0:
        raise InvalidField("endpoint", "bad_url", "The address of a push service begins with https://.")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    if not is_public(host) and not is_listed(host, allowed):
        raise InvalidField("endpoint", "address_refused", "This is not the address of a push service.")


def _decoded(field: str, text: str, *, length: int) -> bytes:
    try:
        value = base64.b64decode(
            text.rstrip("=").encode("ascii") + b"=" * (-len(text.rstrip("=")) % 4),
            altchars=b"-_",
            validate=True,
        )
    except (binascii.Error, UnicodeEncodeError):
        value = b""
    if len(value) != length:
        raise InvalidField(field, "not_a_key", f"Send {length} bytes in base64url.")
    return value


def written(value: bytes) -> str:
    """Base64url without padding, as browsers take and give keys."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
