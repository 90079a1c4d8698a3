"""Ports that nobody else is given between the choice and the start of who listens, nor between two starts."""

import socket


def reserved(port: int = 0) -> socket.socket:
    """A bound socket that never listens: it is given no connection, and whoever reuses addresses may listen.

    Ours and all that we start do. Without it, servers of two tests side by side could choose the same port,
    share it by SO_REUSEPORT, and hear each other's clients.
    """
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    return made


def number(of: socket.socket) -> int:
    """Its port."""
    found: int = of.getsockname()[1]
    return found
