"""A real Valkey with a replica, watched by three sentinels, on loopback."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from server.launch import binaries
from server.launch.program import Program
from server.launch.valkey import Valkey, answer
from tests import ports
from tests.patience import PATIENCE
from tests.running import Running

SERVICE = "parley"
PASSWORD = "password-of-a-watched-valkey"
SENTINELS = 3
QUORUM = 2
CONFIGURATION = """\
bind 127.0.0.1
port {port}
dir "{directory}"
sentinel monitor {service} 127.0.0.1 {primary} {quorum}
sentinel auth-pass {service} {password}
sentinel down-after-milliseconds {service} 1000
sentinel failover-timeout {service} 4000
"""


class Watched:
    """Two of Valkey, of which one is the primary, and what watches them."""

    def __init__(self, directory: Path) -> None:
        """Start all, and wait until every sentinel knows the replica and the other sentinels."""
        self._reserved = []
        self.valkeys: list[tuple[Valkey, Running]] = []
        for number in range(2):
            options: dict[str, object] = {"masterauth": PASSWORD, "appendonly": "no"}
            if number:
                options["replicaof"] = f"127.0.0.1 {self.valkeys[0][0].port}"
            name = f"valkey-{number}"
            made = Valkey(
                directory / name,
                log=directory / f"{name}.log",
                name=name,
                password=PASSWORD,
                options=options | {"repl-diskless-sync-delay": 0},
            )
            self._reserved.append(ports.reserved(made.port))
            running = Running(made.program)
            self.valkeys.append((made, running))
            running.wait_until(lambda made=made, running=running: made.ready(running.pid), what="ready")  # type: ignore[misc]
        self.sentinels = [self._sentinel(directory, number) for number in range(SENTINELS)]
        for port, running in self.sentinels:
            running.wait_until(lambda port=port: self._knows_all(port), what="knowing all")  # type: ignore[misc]

    @property
    def url(self) -> str:
        """PARLEY_REDIS_URL."""
        places = ",".join(f"127.0.0.1:{port}" for port, _ in self.sentinels)
        return f"redis+sentinel://:{PASSWORD}@{places}/{SERVICE}"

    @property
    def primary(self) -> Running:
        """The process of the primary; it must run."""
        return next(running for valkey, running in self.valkeys if self._is_primary(valkey, running))

    def kill_primary(self) -> None:
        """kill -9."""
        self.primary.kill()

    def fail_over(self) -> None:
        """As an operator does it: both go on running, in other roles."""
        assert answer(f"redis://127.0.0.1:{self.sentinels[0][0]}", "SENTINEL", "FAILOVER", SERVICE) == "OK"

    def close(self) -> None:
        """Kill all."""
        for running in [*(one for _, one in self.sentinels), *(one for _, one in self.valkeys)]:
            if running.code is None:
                running.kill()
        for reserved in self._reserved:
            reserved.close()

    def _sentinel(self, directory: Path, number: int) -> tuple[int, Running]:
        place = directory / f"sentinel-{number}"
        place.mkdir()
        self._reserved.append(ports.reserved())
        port = ports.number(self._reserved[-1])
        settings = place / "sentinel.conf"
        settings.write_text(
            CONFIGURATION.format(
                port=port,
                directory=place,
                service=SERVICE,
                primary=self.valkeys[0][0].port,
                quorum=QUORUM,
                password=PASSWORD,
            )
        )
        made = Program(
            name=place.name,
            argv=[str(binaries.valkey()), str(settings), "--sentinel"],
            cwd=place,
            log=place / "log",
        )
        return port, Running(made)

    @staticmethod
    def _knows_all(port: int) -> bool:
        try:
            said = answer(f"redis://127.0.0.1:{port}", "INFO", "sentinel")
        except OSError:
            return False
        return f"slaves=1,sentinels={SENTINELS}" in said

    @staticmethod
    def _is_primary(valkey: Valkey, running: Running) -> bool:
        return running.code is None and "role:master" in answer(valkey.url, "INFO", "replication")

    def said(self, *words: str) -> str:
        """The primary's whole reply."""
        return next(
            answer(one.url, *words) for one, running in self.valkeys if self._is_primary(one, running)
        )

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for it."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, self.said("INFO", "replication")
            time.sleep(0.05)


@contextmanager
def watched_valkey() -> Iterator[Watched]:
    """One for some tests."""
    directory = Path(tempfile.mkdtemp(prefix="parley-sentinel-"))
    made = None
    try:
        made = Watched(directory)
        yield made
    finally:
        if made is not None:
            made.close()
        shutil.rmtree(directory, ignore_errors=True)
