"""Listeners on this machine that no page may reach, and the site of the pages that try."""

import contextlib
import http.server
import ipaddress
import itertools
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

from worker.resolve import resolve

SITE = "127.0.0.5"  # the operator allows this address, and no other one of the machine
ALLOWED = [ipaddress.ip_network(f"{SITE}/32")]
PRIVATE = {
    "private.test": ["127.0.0.1"],
    "v6.test": ["::1"],
    "mapped.test": ["::ffff:127.0.0.1"],
    "mixed.test": [SITE, "127.0.0.1"],
    "metadata.test": ["169.254.169.254"],
    "nat64.test": ["64:ff9b::7f00:1"],
}
_rebinding = itertools.chain([SITE], itertools.repeat("127.0.0.1"))
Answer = tuple[int, dict[str, str], bytes]


async def resolving(host: str, port: int, seconds: float) -> Sequence[str]:
    """The names of PRIVATE, and what this machine resolves; `rebinding.test` changes its address."""
    if host == "rebinding.test":
        return [next(_rebinding)]
    if host in PRIVATE:
        return PRIVATE[host]
    return await resolve(host, port, seconds)


class Traps:
    """One port on every address of the machine, TCP and UDP; whoever comes there was not stopped."""

    def __init__(self) -> None:
        self.caught: list[str] = []
        first = socket.create_server(("0.0.0.0", 0), backlog=100)  # noqa: S104
        self.port: int = first.getsockname()[1]
        second = socket.create_server(
            ("::", self.port), family=socket.AF_INET6, backlog=100, dualstack_ipv6=False
        )
        datagrams = []
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104
            made = socket.socket(family, socket.SOCK_DGRAM)
            if family == socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made.bind((address, self.port))
            datagrams.append(made)
        self._sockets = [first, second, *datagrams]
        for listener in (first, second):
            threading.Thread(target=self._accept, args=[listener], daemon=True).start()
        for made in datagrams:
            threading.Thread(target=self._receive, args=[made], daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(1.0)
                    try:
                        said = connection.recv(200)
                    except OSError:
                        said = b"(silent)"
                    self.caught.append(f"tcp {said!r}")

    def _receive(self, made: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, _ = made.recvfrom(200)
                self.caught.append(f"udp {data!r}")

    def close(self) -> None:
        for made in self._sockets:
            with contextlib.suppress(OSError):
                made.shutdown(socket.SHUT_RDWR)
            made.close()


class Site:
    """A web site; `pages`: path → what it answers, or what it does with its connection."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer | Callable[[Any], None]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.requests.append(
                    (self.path, {name.lower(): value for name, value in self.headers.items()})
                )
                page = site.pages.get(self.path.partition("?")[0], (404, {}, b"nothing"))
                if callable(page):
                    with contextlib.suppress(OSError):
                        page(self)
                    self.close_connection = True
                    return
                status, headers, body = page
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    for name, value in ({"Content-Type": "text/html; charset=utf-8"} | headers).items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: Any) -> None:
                return

        self._server = http.server.ThreadingHTTPServer((SITE, 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://{SITE}:{self.port}{path}"

    def html(self, path: str, body: str, **headers: str) -> None:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = 200, said, f"<!doctype html><title>page</title>{body}".encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
