"""Reserves ports, so that no other process gets one before the listener starts or during a restart."""

import socket


def reserved(port: int = 0) -> socket.socket:
    """A bound socket that never listens: it gets no connections, and listeners with SO_REUSEPORT share it.

    All our processes set that option. Without the reservation, servers of two parallel tests could choose the
    same port, share it by SO_REUSEPORT, and get each other's clients.
    """
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    return made


def number(of: socket.socket) -> int:
    """The socket's port."""
    found: int = of.getsockname()[1]
    return found
