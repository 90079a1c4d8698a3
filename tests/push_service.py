"""A push service (RFC 8030) that checks signatures (RFC 8292), and browsers that decrypt (RFC 8291).

Written from the RFCs with nothing but primitives: not the code under test, and not the library that it uses.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.receiver import Receiver, answer, certified

CREATED = answer(b"", "201 Created")


def written(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def unwritten(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """A browser's side of a subscription: its key pair and its secret."""

    def __init__(self, private: int | None = None, auth: bytes | None = None) -> None:
        curve = ec.SECP256R1()
        self._private = (
            ec.generate_private_key(curve) if private is None else ec.derive_private_key(private, curve)
        )
        self.auth = os.urandom(16) if auth is None else auth
        self.public = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": written(self.public), "auth": written(self.auth)}

    def decrypt(self, body: bytes) -> bytes:
        """RFC 8188 with the keys of RFC 8291; one record, as 8291 demands. Raises for anything else."""
        salt, record_size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert length == 65 and len(record) <= record_size
        shared = self._private.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        )
        about = b"WebPush: info\0" + self.public + sender
        secret = _expand(_mac(self.auth, shared), about, 32)
        mixed = _mac(salt, secret)
        key = _expand(mixed, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _expand(mixed, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        assert padded.endswith(b"\x02"), "the last record"
        return padded[:-1]


def _mac(key: bytes, value: bytes) -> bytes:
    return hmac.digest(key, value, hashlib.sha256)


def _expand(key: bytes, info: bytes, length: int) -> bytes:
    return _mac(key, info + b"\x01")[:length]


class Pushed(NamedTuple):
    """One request, with the names of its header fields in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def ttl(self) -> int:
        return int(self.headers["ttl"])

    def claims(self, public_key: str, *, audience: str) -> Any:
        """The claims of its token, which is signed with that key for that push service, and valid now."""
        match = re.fullmatch(
            r"vapid t=([^.,]+)\.([^.,]+)\.([^.,]+),\s*k=(\S+)", self.headers["authorization"]
        )
        assert match, self.headers["authorization"]
        head, middle, signed, key = match.groups()
        assert key == public_key
        assert json.loads(unwritten(head)) == {"typ": "JWT", "alg": "ES256"}
        signature = unwritten(signed)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unwritten(key)).verify(
            encode_dss_signature(
                int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            ),
            f"{head}.{middle}".encode(),
            ec.ECDSA(hashes.SHA256()),
        )
        claims = json.loads(unwritten(middle))
        assert claims["aud"] == audience
        assert time.time() < claims["exp"] <= time.time() + 24 * 3600
        assert claims["sub"].startswith(("mailto:", "https://"))
        return claims


Answers = Callable[[Pushed], bytes | None]
"""The response to a request; None: none at all, until the sender leaves."""


class PushService(Receiver):
    """Keeps what it received, in order. Its authority is for SSL_CERT_FILE of the sender."""

    def __init__(self, folder: Path, answers: Answers | None = None) -> None:
        tls, _ = certified(folder, "localhost", "127.0.0.1")
        self.received: list[Pushed] = []
        self.authority = str(folder / "receiver.pem")
        self.answers: Answers = answers or (lambda _: CREATED)
        self._lock = threading.Lock()
        super().__init__(self._answer, tls=tls)

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    def address(self, name: str) -> str:
        """Of a browser's subscription."""
        return f"{self.origin}/push/{name}"

    def _answer(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as reader:
            lines = []
            while (line := reader.readline()) != b"\r\n":
                if not line.endswith(b"\n"):
                    return
                lines.append(line.decode("latin-1").strip())
            headers = {
                name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines[1:])
            }
            body = reader.read(int(headers["content-length"]))
        assert lines[0].startswith("POST ")
        made = Pushed(lines[0].split(" ")[1], headers, body)
        with self._lock:
            self.received.append(made)
            said = self.answers(made)
        if said is None:
            connection.recv(1)
            return
        connection.sendall(said)
