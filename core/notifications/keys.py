"""The key pair by which push services know this installation (VAPID, RFC 8292)."""

from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PRIVATE_KEY: Final = 32  # bytes


class KeyPair(msgspec.Struct, frozen=True):
    """`public`: an uncompressed point. `private`: the secret number."""

    public: bytes
    private: bytes


def fresh() -> KeyPair:
    """A new pair of P-256."""
    pair = ec.generate_private_key(ec.SECP256R1())
    public = pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return KeyPair(public, pair.private_numbers().private_value.to_bytes(PRIVATE_KEY, "big"))


def purpose(key: bytes) -> str:
    """The purpose of push_keys.sealed: bound to the pair's id."""
    return f"push_key|{key.hex()}"
