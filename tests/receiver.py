"""A fake external server that handles each connection as a test wants, with or without TLS."""

import contextlib
import datetime as dt
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.patience import PATIENCE

Serve = Callable[[socket.socket], None]
TIMEOUT = 20.0  # seconds for one connection of a test


class Receiver:
    """Counts its connections and keeps the head of each request."""

    def __init__(
        self, serve: Serve | None = None, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> None:
        """Listen on a free port."""
        self.connections = 0
        self.heads: list[bytes] = []
        self.names: list[str | None] = []  # the server names (SNI) of TLS clients
        self._serve = serve or self._ok
        self._tls = tls
        if tls is not None:
            tls.sni_callback = lambda _, name, __: self.names.append(name)
        self._listener = socket.create_server((host, 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._open: dict[threading.Thread, socket.socket] = {}
        self._thread.start()

    def close(self) -> None:
        """Stop listening and end the connections, whose threads would go on beside the next tests."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for thread, connection in self._open.items():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a connection is still served"

    def head(self, connection: socket.socket) -> bytes:
        """Read a whole request and keep its head; b"" at the end of the connection.

        Closing with unread bytes would reset the connection.
        """
        return self.request(connection)[0]

    def request(self, connection: socket.socket) -> tuple[bytes, bytes]:
        """As `head`, with the body."""
        reader = connection.makefile("rb")
        head = b"".join(_head_lines(reader))
        length = re.search(rb"(?im)^content-length: (\d+)", head)
        body = reader.read(int(length[1]) if length else 0)
        if head:
            self.heads.append(head)
        return head, body

    def _ok(self, connection: socket.socket) -> None:
        self.head(connection)
        connection.sendall(answer(b"ok"))

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._one, args=(connection,), daemon=True)
            self._open[thread] = connection
            thread.start()

    def _one(self, connection: socket.socket) -> None:
        connection.settimeout(TIMEOUT)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(connection)
            if self._tls is not None:
                connection = stack.enter_context(self._tls.wrap_socket(connection, server_side=True))
                self._open[threading.current_thread()] = connection
            self._serve(connection)


def _head_lines(reader: BinaryIO) -> Iterator[bytes]:
    """The lines of a head, also of one that breaks off."""
    while (line := reader.readline()) not in {b"\r\n", b""}:
        yield line


def answer(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """A complete HTTP response."""
    fields = {
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body


@contextlib.contextmanager
def receiving(serve: Serve | None = None, **options: Any) -> Iterator[Receiver]:
    """A receiver that is closed at the end of the block."""
    made = Receiver(serve, **options)
    try:
        yield made
    finally:
        made.close()


def certified(folder: Path, *names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS context with a certificate for those names, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    # A name of its own: of two trusted issuers with one name, a client may try the wrong one.
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"a receiver of tests {serial}"[:64])])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain = folder / "receiver.pem"
    chain.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    return server, ssl.create_default_context(cafile=str(chain))


def _alternative(name: str) -> x509.GeneralName:
    with contextlib.suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(name))
    return x509.DNSName(name)
