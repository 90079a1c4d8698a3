"""A proxy before Postgres that refuses start-up parameters which it does not know, as PgBouncer does."""

import contextlib
import socket
import struct
import threading
from typing import Final
from urllib.parse import urlsplit, urlunsplit

SSL_REQUEST: Final = 80877103
KNOWN: Final = {
    "user",
    "database",
    "replication",
    "client_encoding",
    "datestyle",
    "timezone",
    "standard_conforming_strings",
    "application_name",
}
"""What PgBouncer 1.18 takes without `ignore_startup_parameters`."""


class Pooler:
    """Listens until closed; its `url` is the given database, through this proxy."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._links: list[socket.socket] = []
        self.refused: list[str] = []
        port = self._listener.getsockname()[1]
        user = parts.netloc.rpartition("@")[0]
        self.url = urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{port}"))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for link in [self._listener, *self._links]:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            self._links.append(link)
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        with contextlib.suppress(OSError, struct.error), link:
            startup = self._startup(link)
            words = startup[8:].rstrip(b"\0").split(b"\0")
            unknown = [name.decode() for name in words[::2] if name.decode().lower() not in KNOWN]
            if unknown:
                self.refused.append(unknown[0])
                link.sendall(_error(f"unsupported startup parameter: {unknown[0]}"))
                return
            with socket.create_connection(self._server) as behind:
                self._links.append(behind)
                behind.sendall(startup)
                threading.Thread(target=_pass, args=(behind, link), daemon=True).start()
                _pass(link, behind)

    @staticmethod
    def _startup(link: socket.socket) -> bytes:
        """The first message of the protocol; TLS is declined."""
        while True:
            head = _exactly(link, 8)
            length, code = struct.unpack("!II", head)
            if code != SSL_REQUEST:
                return head + _exactly(link, length - 8)
            link.sendall(b"N")


def _error(text: str) -> bytes:
    fields = b"".join(
        kind + value.encode() + b"\0" for kind, value in [(b"S", "FATAL"), (b"C", "08P01"), (b"M", text)]
    )
    return b"E" + struct.pack("!I", len(fields) + 5) + fields + b"\0"


def _exactly(link: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        part = link.recv(size - len(read))
        if not part:
            raise ConnectionResetError("the peer left")
        read += part
    return read


def _pass(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
    for link in (source, target):
        with contextlib.suppress(OSError):
            link.shutdown(socket.SHUT_RDWR)
