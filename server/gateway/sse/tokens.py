"""The token of a stream: who has it may send frames on it. Any server checks it without asking another."""

import binascii
import hashlib
import hmac
from base64 import b64decode, b64encode
from typing import Final, NamedTuple

from core.ids import NodeId

VERSION: Final = b"\x01"
SIGNATURE: Final = 32  # bytes
LENGTH: Final = 1 + 16 + 16 + SIGNATURE  # bytes: version, node, stream, signature


class Address(NamedTuple):
    """Where a stream is: the server that holds it, and its id there."""

    node: NodeId
    stream: bytes


def sign(secret: str, address: Address, *, project: str, origin: str) -> str:
    """The token for pages of `origin`; both as in the request that opens the stream."""
    said = VERSION + address.node + address.stream
    return b64encode(said + _signature(secret, said, project, origin)).decode()


def read(secret: str, token: str, *, project: str, origin: str) -> Address | None:
    """The stream of a token; None for a forged one, or one of another project or origin."""
    try:
        raw = b64decode(token.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    said, signature = raw[:-SIGNATURE], raw[-SIGNATURE:]
    if len(raw) != LENGTH or not hmac.compare_digest(signature, _signature(secret, said, project, origin)):
        return None
    return Address(NodeId(said[1:17]), said[17:33])


def _signature(secret: str, said: bytes, project: str, origin: str) -> bytes:
    text = b"parley event stream\0" + said + project.encode() + b"\0" + origin.encode()
    return hmac.digest(secret.encode(), text, hashlib.sha256)
