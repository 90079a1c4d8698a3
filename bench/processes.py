"""CPU seconds, memory and descriptors of the processes under load, from /proc, summed over restarts."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]  # it has no stubs

from bench.databases import redis
from bench.target import Target, read

TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
PORTS: Final = {"postgresql": 5432, "redis": 6379, "rediss": 6379}


class Processes:
    """`find` returns the current pids by name; none when the target runs on another machine."""

    def __init__(self, find: Callable[[], dict[str, list[int]]]) -> None:
        self._find = find
        self._used: dict[str, dict[int, float]] = {}  # name → pid → seconds, as last seen

    @property
    def pids(self) -> dict[str, list[int]]:
        return self._find()

    def cpu_seconds(self) -> dict[str, float]:
        """User and system time by name since the start. Child processes of a database count for it."""
        for name, pids in self._find().items():
            used = self._used.setdefault(name, {})
            for pid in pids:
                used[pid] = max(_tree_seconds(pid), used.get(pid, 0.0))
        return {name: sum(used.values()) for name, used in self._used.items()}

    def resident_kib(self, name: str) -> int:
        return sum(_resident(pid) for pid in self._find().get(name, []))

    def descriptors(self, name: str) -> int:
        return sum(_descriptors(pid) for pid in self._find().get(name, []))

    def children(self, name: str) -> int:
        """The number of direct child processes: Postgres has one per connection, and a few others."""
        return sum(len(_children(pid)) for pid in self._find().get(name, []))

    def kill(self, name: str) -> int:
        """Sends kill -9 to all processes of that name; returns how many there were."""
        pids = self._find().get(name, [])
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        return len(pids)


def of(target: Target) -> Processes:
    """The processes in run.json; a local database that the launcher did not start is found by its port."""
    outside = {
        name: pid
        for name, url in (("postgres", target.dsn), ("redis", target.redis_url))
        if (pid := _listener(url)) is not None
    }

    def find() -> dict[str, list[int]]:
        if target.data is None:
            return {}
        given = read(target.data / "run.json").get("pids")
        named = given if isinstance(given, dict) else {}
        found: dict[str, list[int]] = {}
        for name, value in (outside | {key: pid for key, pid in named.items() if pid}).items():
            if name != "launcher":
                found[name] = value if isinstance(value, list) else [value]
        return found

    return Processes(find)


def own_seconds() -> float:
    """CPU time of this process, the load generator, and of its provider for the assistant."""
    return _tree_seconds(os.getpid())


def machine_seconds() -> float:
    """CPU time of all processes of this machine."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return (sum(fields) - idle) / TICKS_PER_SECOND


def _listener(url: str) -> int | None:
    if redis.is_several(url):
        return None
    parts = urlsplit(url)
    port = parts.port or PORTS.get(parts.scheme)
    if port is None or parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        return None
    found = [
        link.pid
        for link in psutil.net_connections("tcp")
        if link.status == "LISTEN" and link.laddr.port == port
    ]
    return next((pid for pid in found if pid), None)


def _tree_seconds(pid: int) -> float:
    """CPU time of `pid` and its descendants, with that of ended children."""
    total = 0.0
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total = sum(map(int, fields[11:15])) / TICKS_PER_SECOND
        total += sum(map(_tree_seconds, _children(pid)))
    except (FileNotFoundError, ProcessLookupError):
        pass  # it has ended: its time is in its parent's
    return total


def _children(pid: int) -> list[int]:
    try:
        found = [(task / "children").read_text().split() for task in Path(f"/proc/{pid}/task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for children in found for child in children]


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


def _descriptors(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208  thousands of names, no paths wanted
    except (FileNotFoundError, ProcessLookupError):
        return 0
