"""Loopback ports: finds a free one, and checks whether one is taken."""

import socket
from contextlib import ExitStack

from server.launch.console import LaunchError


def free() -> int:
    """A port that is free now. It is not reserved: another program may bind it first."""
    return several_free(1)[0]


def several_free(count: int) -> list[int]:
    """So many different ones."""
    with ExitStack() as probes:
        found = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in found:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in found]


def require_free(host: str, port: int) -> None:
    """Raise LaunchError when `port` is taken. Our servers share it by SO_REUSEPORT; no other program may."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise LaunchError(f"PARLEY_HOST {host} is not an address of this machine: {error.strerror}") from None
    with socket.socket(family, kind, proto) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except PermissionError:
            raise LaunchError(f"port {port} needs privileges: set PARLEY_PORT to one above 1023") from None
        except OSError as error:
            raise LaunchError(
                f"port {port} on {host} is taken or not available ({error.strerror}):"
                " stop the program that listens there, or set PARLEY_PORT to another port"
            ) from None
