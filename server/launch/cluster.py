"""The embedded cluster of `make run CLUSTER=1`: three Valkey primaries, each with a replica."""

import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from server.launch import ports, secrets
from server.launch.console import LaunchError
from server.launch.valkey import Valkey, answer

PRIMARIES: Final = 3
SLOTS: Final = 16_384
NODE_TIMEOUT: Final = 2_000  # ms without an answer until a node counts as failed
FORMED_WITHIN: Final = 60.0  # seconds
PAUSE: Final = 0.05  # seconds


class Node:
    """One Valkey of a cluster, with its own address for the others."""

    def __init__(self, valkey: Valkey, bus_port: int) -> None:
        self.valkey = valkey
        self.bus_port = bus_port

    def ask(self, *words: str) -> str:
        """The reply to one command; raises LaunchError for an error, and OSError."""
        said = answer(self.valkey.url, *words)
        if said.startswith("-"):
            raise LaunchError(f"{self.valkey.program.name} answers {' '.join(words[:2])} with {said[1:]}")
        return said

    def member(self, *words: str) -> str:
        """The reply to one of the commands about the cluster."""
        return self.ask("cluster", *words)

    @property
    def place(self) -> str:
        """host:port"""
        return f"127.0.0.1:{self.valkey.port}"

    @property
    def is_member(self) -> bool:
        """Whether it knows other nodes, from an earlier start."""
        return len(self.member("NODES").splitlines()) > 1

    @property
    def is_in_step(self) -> bool:
        """Whether it knows a primary for every slot and, as a replica, has its primary's data."""
        said = self.ask("INFO", "replication")
        in_step = "role:master" in said or "master_link_status:up" in said
        return in_step and "cluster_state:ok" in self.member("INFO")


class Cluster:
    """Its ports stay the same from start to start: each node keeps the addresses of the others."""

    def __init__(self, directory: Path, *, log: Callable[[str], Path], options: Mapping[str, object]) -> None:
        """Write the configurations; `log`: the path of a node's log, by its name."""
        directory.mkdir(mode=0o700, exist_ok=True)
        self._password = secrets.kept(directory / "password")
        numbers = _kept_ports(directory / "ports")
        self.nodes = [
            _node(directory / str(number), port, bus_port, log(f"valkey-{number}"), self._password, options)
            for number, (port, bus_port) in enumerate(numbers, start=1)
        ]

    @property
    def url(self) -> str:
        """PARLEY_REDIS_URL."""
        places = ",".join(node.place for node in self.nodes[:PRIMARIES])
        return f"redis+cluster://:{self._password}@{places}"

    def form(self) -> None:
        """Make one cluster of all nodes, which run; what was formed before only has to find itself again."""
        form(self.nodes)


def form(nodes: Sequence[Node]) -> None:
    """The first PRIMARIES of the nodes get the slots, the others are their replicas; raises LaunchError."""
    if not nodes[0].is_member:
        _join(nodes)
    _until(lambda: all(node.is_in_step for node in nodes), "be in step")


def _join(nodes: Sequence[Node]) -> None:
    first, primaries = nodes[0], nodes[:PRIMARIES]
    for number, node in enumerate(nodes):
        if number < PRIMARIES:
            begin, end = number * SLOTS // PRIMARIES, (number + 1) * SLOTS // PRIMARIES - 1
            node.member("ADDSLOTSRANGE", str(begin), str(end))
        node.member("SET-CONFIG-EPOCH", str(number + 1))
    for node in nodes[1:]:
        first.member("MEET", "127.0.0.1", str(node.valkey.port), str(node.bus_port))
    _until(lambda: all(len(node.member("NODES").splitlines()) == len(nodes) for node in nodes), "meet")
    for primary, node in zip(primaries, nodes[PRIMARIES:], strict=True):
        name = primary.member("MYID")
        _until(lambda node=node, name=name: name in node.member("NODES"), "meet")  # type: ignore[misc]
        node.member("REPLICATE", name)


def _until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + FORMED_WITHIN
    while True:
        with contextlib.suppress(OSError):
            if holds():
                return
        if time.monotonic() > deadline:
            raise LaunchError(f"the nodes of the cluster did not {what} within {FORMED_WITHIN:.0f} seconds")
        time.sleep(PAUSE)


def _node(
    directory: Path, port: int, bus_port: int, log: Path, password: str, options: Mapping[str, object]
) -> Node:
    given = {
        "masterauth": password,
        "cluster-enabled": "yes",
        "cluster-port": bus_port,
        "cluster-node-timeout": NODE_TIMEOUT,
        "cluster-replica-validity-factor": 0,
        "repl-diskless-sync-delay": 0,
        **options,
    }
    made = Valkey(
        directory, log=log, name=f"valkey-{directory.name}", port=port, password=password, options=given
    )
    return Node(made, bus_port)


def _kept_ports(path: Path) -> list[tuple[int, int]]:
    """Of each node, for clients and for the other nodes; chosen by the first call."""
    if path.exists():
        kept = [(int(port), int(bus_port)) for port, bus_port in json.loads(path.read_text())]
        for port in (port for pair in kept for port in pair):
            ports.require_free("127.0.0.1", port)
        return kept
    free = ports.several_free(2 * 2 * PRIMARIES)
    chosen = list(zip(free[::2], free[1::2], strict=True))
    secrets.write(path, json.dumps(chosen))
    return chosen
