"""A launcher as a process of a test, on a data directory of its own."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from tests import ports
from tests.patience import PATIENCE
from tests.stack import clean_environment

OURS: Final = (sys.executable, "-m", "server.launch")


class Launcher:
    """One launcher and its data directory."""

    def __init__(
        self, tree: Path, data: Path, logs: Path, *, argv: Sequence[str] = OURS, **settings: object
    ) -> None:
        self.data = data
        self.reserved = ports.reserved(int(str(settings.get("port", 0))))
        self.port = ports.number(self.reserved)
        given = {"host": "127.0.0.1", "log_level": "info", "data": data, **settings, "port": self.port}
        self._log = logs / f"launcher-{time.monotonic_ns()}.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                list(argv),
                cwd=tree,
                env=clean_environment()
                | {f"PARLEY_{name.upper()}": str(value) for name, value in given.items()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.PIPE,
                text=True,
            )

    @property
    def said(self) -> str:
        return self._log.read_text()

    def ready(self) -> float:
        """Wait until it reports that it is ready; returns the seconds that it took."""
        began = time.monotonic()
        until(lambda: "Parley is ready" in self.said or self.process.poll() is not None)
        assert self.process.poll() is None, self.said + self.complaint()
        return time.monotonic() - began

    def complaint(self) -> str:
        """Its stderr, after its exit."""
        assert self.process.stderr is not None
        self.process.wait(PATIENCE)
        return self.process.stderr.read()

    def state(self) -> dict[str, Any]:
        return json.loads((self.data / "run.json").read_text())

    def pids(self) -> dict[str, Any]:
        found: dict[str, Any] = self.state()["pids"]
        return found

    def all_pids(self) -> list[int]:
        pids = self.pids()
        several = [pid for name in ("servers", "workers", "assistant") for pid in pids.get(name, [])]
        return [pids["launcher"], pids["postgres"], pids["redis"], *several]

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def until(holds: Callable[[], bool], *, within: float = PATIENCE) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, "the condition did not become true in time"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@contextlib.contextmanager
def open_to_other_accounts(otherwise: Path) -> Iterator[Path]:
    """A directory that other accounts can read, unlike pytest's; removed afterwards."""
    parent = Path("/tmp") if os.access("/tmp", os.W_OK) else otherwise
    made = parent / f"parley-launch-{os.getpid()}"
    made.mkdir(mode=0o755)
    yield made
    until(lambda: removed(made))  # children of a killed launcher may still be cleaning up


def removed(place: Path) -> bool:
    shutil.rmtree(place, ignore_errors=True)
    return not place.exists()
