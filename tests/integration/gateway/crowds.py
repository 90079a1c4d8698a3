"""Thousands of plain sockets against a server process, from many addresses of this machine."""

import contextlib
import random
import select
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tests.patience import PATIENCE
from tests.running import Running

MIB = 2**20
RESET_PEAK = "5"  # the value that makes /proc/PID/clear_refs reset VmHWM
AT_ONCE = 400  # sockets opened together; the kernel's queue of a listener is longer
BEHIND = 1_000  # descriptors of a server that has not noticed yet which sockets were closed


def peak_memory(running: Running) -> int:
    """The largest resident memory since `reset_peak_memory`, in bytes."""
    lines = Path(f"/proc/{running.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def reset_peak_memory(running: Running) -> None:
    """Starts a new measurement of `peak_memory`."""
    Path(f"/proc/{running.pid}/clear_refs").write_text(RESET_PEAK)


def descriptors(running: Running) -> int:
    """The number of open files and sockets."""
    return len(list(Path(f"/proc/{running.pid}/fd").iterdir()))


def connections(port: int) -> int:
    """Clients of that port, as long as neither side has closed them or the server has not noticed it."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[1].endswith(f":{port:04X}") and line[3] in {"01", "08"} for line in lines)


def address(number: int) -> str:
    """One of 200 addresses of this machine."""
    return f"127.0.1.{number % 200 + 1}"


def connected(port: int, *, source: str = "127.0.0.1") -> socket.socket:
    """A blocking socket."""
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=(source, 0))


def send_each(server: Running, strings: Iterable[Sequence[bytes]], *, dice: random.Random) -> int:
    """Sends each on a connection of its own, ended by a close, a reset or not at all; returns the count."""
    port = server.port or 0
    count = 0
    wave: list[socket.socket] = []
    for parts in strings:
        sock = connected(port, source=address(count))
        wave.append(sock)
        with contextlib.suppress(OSError):
            for part in parts:
                sock.sendall(part)
            if dice.random() < 0.3:
                sock.shutdown(socket.SHUT_WR)
        if dice.random() < 0.2:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        if len(wave) == AT_ONCE:
            _end(wave)
            server.wait_until(
                lambda: descriptors(server) < BEHIND, within=PATIENCE, what="closing the sockets in time"
            )
        count += 1
    _end(wave)
    return count


def _end(wave: list[socket.socket]) -> None:
    for sock in wave:
        sock.close()
    wave.clear()


def send_endlessly(
    socks: Sequence[socket.socket], endless: Callable[[], bytes], *, most: int, within: float
) -> None:
    """Sends each socket the data of `endless`, up to `most` bytes, never reading, for `within` seconds."""
    left = dict.fromkeys(socks, most)
    waiting = dict.fromkeys(socks, b"")
    until = time.monotonic() + within
    for sock in socks:
        sock.setblocking(False)
    while left and time.monotonic() < until:
        _, ready, _ = select.select([], list(left), [], 0.05)
        for sock in ready:
            piece = waiting[sock] or endless()
            try:
                sent = sock.send(piece)
            except BlockingIOError:
                continue
            except OSError:  # it was closed, as it should be
                del left[sock]
                continue
            waiting[sock] = piece[sent:]
            left[sock] -= sent
            if left[sock] <= 0:
                del left[sock]
