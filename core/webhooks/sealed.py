"""What only senders may read of a webhook: its secrets, and header fields that may hold credentials."""

from typing import Final

import msgspec

from core.identity.encryption import Sealer

PURPOSE: Final = "webhook"


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `webhooks.sealed`. `previous`: the secret before, which signs for some time."""

    secret: str
    previous: str | None = None
    headers: dict[str, str] = {}


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Sealed).decode


def seal(sealer: Sealer, value: Sealed) -> bytes:
    return sealer.seal(_encode(value), purpose=PURPOSE)


def unseal(sealer: Sealer, sealed: bytes) -> Sealed:
    """Raises Unsealable."""
    return _decode(sealer.open(sealed, purpose=PURPOSE))
