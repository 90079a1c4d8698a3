"""A real Valkey cluster for tests: three primaries, each with a replica, without files of their data."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from server.launch import cluster
from server.launch.cluster import Cluster
from server.launch.valkey import ask
from tests import ports
from tests.patience import PATIENCE
from tests.running import Running

KEYED = {"XLEN", "STRLEN", "SET", "LLEN", "DEL"}
OPTIONS = {"appendonly": "no", "maxmemory": "256mb"}


class Node:
    """One process."""

    def __init__(self, made: cluster.Node) -> None:
        """Start it, alone."""
        self._made = made
        self._reserved = [ports.reserved(port) for port in (made.valkey.port, made.bus_port)]
        self.port = made.valkey.port
        self.url = made.valkey.url  # for one command to this node
        self.running = Running(made.valkey.program)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait for it to answer."""
        self.running.wait_until(lambda: self._made.valkey.ready(self.running.pid), what="answering PING")

    def ask(self, *words: str) -> str:
        """The whole reply to one command, without its framing."""
        return self._made.ask(*words)

    def first_line(self, *words: str) -> bytes:
        """The first line of the reply to one command; it may be an error."""
        return ask(self.url, *words)

    def is_primary(self) -> bool:
        """Whether it may be written to."""
        return "role:master" in self.ask("INFO", "replication")

    def is_in_step(self) -> bool:
        """Whether it knows all slots and, as a replica, has the data of its primary."""
        return self._made.is_in_step

    def release(self) -> None:
        """Kill it, and give its ports back."""
        if self.running.code is None:
            self.running.kill()
        for reserved in self._reserved:
            reserved.close()


class ValkeyCluster:
    """Six nodes."""

    def __init__(self, directory: Path) -> None:
        """Start them and make a cluster of them."""
        made = Cluster(directory, log=lambda name: directory / f"{name}.log", options=OPTIONS)
        self.url = made.url  # PARLEY_REDIS_URL
        self.nodes = [Node(node) for node in made.nodes]
        made.form()

    @property
    def alive(self) -> list[Node]:
        """Nodes whose process runs."""
        return [node for node in self.nodes if node.running.code is None]

    @property
    def primaries(self) -> list[Node]:
        """Those that may be written to."""
        return [node for node in self.alive if node.is_primary()]

    def is_whole(self) -> bool:
        """Whether each node that runs is in step."""
        return all(node.is_in_step() for node in self.alive)

    def primary_of(self, key: str, *, but: Node | None = None) -> Node:
        """The node that has the key now, as any node but that one says."""
        asked = next(node for node in self.alive if node is not but)
        slot = int(asked.ask("CLUSTER", "KEYSLOT", key).removeprefix(":"))
        for line in asked.ask("CLUSTER", "NODES").splitlines():
            _, place, flags, *rest = line.split()
            ranges = [part for part in rest[5:] if "[" not in part]
            for begin, _, end in (part.partition("-") for part in ranges):
                if "master" in flags and "fail" not in flags and int(begin) <= slot <= int(end or begin):
                    port = int(place.partition("@")[0].rpartition(":")[2])
                    return next(node for node in self.nodes if node.port == port)
        raise AssertionError(f"no node has {key}")

    def ask(self, *words: str) -> bytes:
        """The first line of the reply: of the node that has the key, or of the last of all primaries."""
        if words[0] in KEYED:
            return ask(self.primary_of(words[1]).url, *words)
        if words[0] == "EVAL" and words[2] != "0":
            return ask(self.primary_of(words[3]).url, *words)
        *_, last = [ask(node.url, *words) for node in self.primaries]
        return last

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for the cluster to agree."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, self.alive[0].ask("CLUSTER", "NODES")
            time.sleep(0.05)

    def close(self) -> None:
        """Kill all of them."""
        for node in self.nodes:
            node.release()


@contextmanager
def valkey_cluster() -> Iterator[ValkeyCluster]:
    """A cluster for some tests."""
    directory = Path(tempfile.mkdtemp(prefix="parley-cluster-"))
    made = None
    try:
        made = ValkeyCluster(directory)
        yield made
    finally:
        if made is not None:
            made.close()
        shutil.rmtree(directory, ignore_errors=True)
