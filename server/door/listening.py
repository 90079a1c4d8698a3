"""The listening sockets. Imports nothing slow: clients that connect during the start wait in the backlog."""

import socket
from typing import Final

BACKLOG: Final = 4096  # connections that the kernel queues for us


def listen(host: str, port: int) -> list[socket.socket]:
    """Open listening sockets, which other server processes may share by SO_REUSEPORT; raises OSError.

    `::` listens on IPv4 as well. Peers then have addresses like `::ffff:192.0.2.7`; `server.addresses`
    converts them to IPv4.
    """
    listeners = []
    places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    both = all(family == socket.AF_INET6 and place[0] == "::" for family, _, _, _, place in places)
    for family, kind, proto, _, place in places:
        sock = socket.socket(family, kind, proto)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if both else 1)
        sock.bind(place)
        sock.listen(BACKLOG)
        sock.settimeout(0)
        listeners.append(sock)
    return listeners
