"""Two nodes and an arbiter as processes: each node is a Patroni with its PostgreSQL, joined by Raft."""

import json
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from server.launch import binaries
from server.launch.postgres import account
from server.launch.postgres.account import Account
from server.launch.postgres.cluster import environment, locale_options
from server.launch.program import Program
from tests import ports
from tests.patience import PATIENCE
from tests.patroni.install import tool
from tests.running import Running

USER: Final = "parley"
# What a failover waits for: docs/how-to/use-patroni.md explains the numbers.
DCS: Final = {
    "ttl": 20,
    "loop_wait": 2,
    "retry_timeout": 3,
    "synchronous_mode": True,
    "postgresql": {
        "use_pg_rewind": True,
        "parameters": {
            "wal_log_hints": "on",
            "max_connections": 100,
            # For connections that do not choose, ours do: a database that a test has just created is at the
            # standby too, of which asyncpg asks whether it is the primary.
            "synchronous_commit": "remote_apply",
        },
    },
}


class Node:
    """A Patroni and the PostgreSQL that it runs."""

    def __init__(self, name: str, running: Running, *, postgres: int, api: int) -> None:
        self.name = name
        self.running = running
        self.postgres = postgres  # its port
        self._api = f"http://127.0.0.1:{api}"

    def role(self) -> str:
        """`primary`, `replica`, or what else Patroni says; empty without an answer."""
        return str(self.status().get("role", ""))

    def status(self) -> dict[str, Any]:
        """What Patroni says about its node."""
        try:
            return dict(httpx.get(f"{self._api}/patroni", timeout=2, trust_env=False).json())
        except (httpx.HTTPError, ValueError):
            return {}

    def is_synchronous(self) -> bool:
        """Whether it is the standby that the primary waits for."""
        try:
            return httpx.get(f"{self._api}/sync", timeout=2, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def switch_to(self, other: "Node") -> None:
        """A planned switchover from this primary."""
        body = {"leader": self.name, "candidate": other.name}
        answer = httpx.post(f"{self._api}/switchover", json=body, timeout=PATIENCE, trust_env=False)
        answer.raise_for_status()

    def die(self) -> None:
        """As by the end of its machine: Patroni and every process of PostgreSQL at once."""
        agent = psutil.Process(self.running.pid)
        everything = [agent, *agent.children(recursive=True), *self._of_postgres()]
        for process in everything:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        self.running.wait_for_end()

    def _of_postgres(self) -> list[psutil.Process]:
        """The postmaster, which is no child of Patroni any more, and its children."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            if f"--port={self.postgres}" in (process.info["cmdline"] or []):
                found += [process, *process.children(recursive=True)]
        return found


class PatroniCluster:
    """Running from its making to `close`."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._account = account.needed()
        self._temporary = self._made(home / "tmp")
        self._reserved = [ports.reserved() for _ in range(7)]
        numbers = [ports.number(each) for each in self._reserved]
        for each in self._reserved:
            each.close()  # Raft's and Patroni's listeners do not share ports
        self._raft = [f"127.0.0.1:{number}" for number in numbers[:3]]
        self._bin = account.reachable(binaries.postgres(None), self._account, home).directory
        self._password = secrets.token_hex(8)
        self.arbiter = self._start("patroni_raft_controller", "arbiter", self._raft_of(2))
        self.nodes = [
            self._node(f"node{n}", n, postgres=numbers[3 + n], api=numbers[5 + n]) for n in range(2)
        ]
        self.until(lambda: self.primary() is not None and any(n.is_synchronous() for n in self.nodes))

    @property
    def url(self) -> str:
        """For all programs of Parley: they find the primary themselves."""
        hosts = ",".join(f"127.0.0.1:{node.postgres}" for node in self.nodes)
        return f"postgresql://{USER}:{self._password}@{hosts}/postgres?target_session_attrs=read-write"

    def primary(self) -> Node | None:
        return next((node for node in self.nodes if node.role() in {"primary", "master"}), None)

    def until(self, holds: Any, *, within: float = 2 * PATIENCE) -> None:
        last = time.monotonic() + within
        while not holds():
            assert time.monotonic() < last, "\n".join(n.running.text[-1500:] for n in self.nodes)
            time.sleep(0.2)

    def close(self) -> None:
        for node in self.nodes:
            if node.running.code is None:
                node.die()
        if self.arbiter.code is None:
            self.arbiter.kill()

    def _raft_of(self, n: int) -> dict[str, Any]:
        others = [address for number, address in enumerate(self._raft) if number != n]
        data = self._made(self._home / f"raft{n}")
        return {"self_addr": self._raft[n], "partner_addrs": others, "data_dir": str(data)}

    def _made(self, folder: Path) -> Path:
        folder.mkdir(mode=0o700)
        if self._account is not None:
            self._account.owns(folder)
        return folder

    def _node(self, name: str, n: int, *, postgres: int, api: int) -> Node:
        options = [one.removeprefix("--").split("=") for one in locale_options(18)]
        node = {
            "restapi": {"listen": f"127.0.0.1:{api}", "connect_address": f"127.0.0.1:{api}"},
            "bootstrap": {
                "dcs": DCS,
                "initdb": [{key: value} for key, value in options] + [{"encoding": "UTF8"}],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{postgres}",
                "connect_address": f"127.0.0.1:{postgres}",
                "data_dir": str(self._made(self._home / name) / "data"),
                "bin_dir": str(self._bin),
                "pgpass": str(self._home / name / "pgpass"),
                "authentication": {
                    "superuser": {"username": USER, "password": self._password},
                    "replication": {"username": "replicator", "password": self._password},
                    "rewind": {"username": "rewinder", "password": self._password},
                },
                "parameters": {"unix_socket_directories": "", "shared_buffers": "64MB", "io_method": "sync"},
                "pg_hba": [
                    "host replication replicator 127.0.0.1/32 scram-sha-256",
                    "host all all 127.0.0.1/32 scram-sha-256",
                ],
            },
        }
        running = self._start("patroni", name, self._raft_of(n), node)
        return Node(name, running, postgres=postgres, api=api)

    def _start(
        self, program: str, name: str, raft: dict[str, Any], more: dict[str, Any] | None = None
    ) -> Running:
        path = tool(program)
        assert path is not None
        configuration = self._home / f"{name}.yml"
        configuration.write_text(json.dumps({"scope": "parley", "name": name, "raft": raft, **(more or {})}))
        owner: Account | None = self._account
        if owner is not None:
            owner.owns(configuration)
        configuration.chmod(0o600)
        return Running(
            Program(
                name=name,
                argv=[str(path), str(configuration)],
                cwd=self._home,
                log=self._home / f"{name}.log",
                env=environment() | {"HOME": str(self._home), "TMPDIR": str(self._temporary)},
                uid=owner.uid if owner else None,
                gid=owner.gid if owner else None,
            )
        )


@contextmanager
def patroni_cluster(home: Path) -> Iterator[PatroniCluster]:
    home.chmod(0o711)
    made = PatroniCluster(home)
    try:
        yield made
    finally:
        made.close()
