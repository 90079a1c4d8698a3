"""The previous release and the present code share Postgres, Redis and a port under load: nothing is lost."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.patience import PATIENCE
from tests.running import Running
from tests.stack import ROOT, Stack, clean_environment

RATE: Final = 20  # messages per second
PROFILE: Final = f"""
about = "a short day of two releases"
visitors = 40
rate = {RATE}
seconds = 4
projects = 2
agents = 4
replies = 5
"""
SECONDS: Final = 4
LONG: Final = 10  # seconds of load, during which every process is replaced
# Runs the bench of the release in the working directory, with our profile.
BENCH: Final = (
    "import pathlib, sys; from bench import profile; profile.HERE = pathlib.Path(sys.argv.pop(1)); "
    "from bench.__main__ import main; sys.exit(main())"
)
LIMITS: Final = {"handshakes_per_minute": 100_000, "messages_per_minute": 100_000, "drain_seconds": 1}


@pytest.fixture
def stack(fresh_stack: Stack) -> Stack:
    """A stack migrated by the present code: old code runs on the newer schema."""
    return fresh_stack


@pytest.fixture
def loads() -> Iterator[list["Load"]]:
    """The started loads, which are ended with the test at the latest."""
    begun: list[Load] = []
    yield begun
    for load in begun:
        load.end()


class Load:
    """`python -m bench` of one release, against a port; agents answer by REST while visitors write."""

    def __init__(self, root: Path, stack: Stack, port: int, out: Path, *, seconds: int) -> None:
        out.mkdir(parents=True)
        self._out = out
        run = {
            "port": port,
            "dsn": stack.database_url,
            "redis_url": stack.redis_url,
            "pids": {"launcher": 1, "postgres": None, "redis": None, "servers": [], "workers": []},
        }
        (out / "run.json").write_text(json.dumps(run))
        (out / "day.toml").write_text(PROFILE)
        words = [sys.executable, "-c", BENCH, out, "day", "--seconds", seconds, "--data", out, "--out", out]
        self._process = subprocess.Popen(
            [str(word) for word in words],
            cwd=root,
            env=clean_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> dict[str, Any]:
        """The result of the load; fails if messages were lost or the bench failed."""
        _, said = self._process.communicate(timeout=PATIENCE + LONG)
        path = self._out / "result.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        assert self._process.returncode == 0, f"{said}\n{found.get('ledger')}"
        return found

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


def started(stack: Stack, root: Path, module: str, **settings: object) -> Running:
    """A server that is ready, or a worker that has shards."""
    running = stack.spawn(module, root=root, **settings)
    # Its own line: on a shared port /livez may be answered by the server that it replaces.
    running.wait_until(lambda: f'"{module}.ready"' in running.text, within=PATIENCE, what="ready")
    return running


def check(said: dict[str, Any], *, seconds: int) -> None:
    assert said["clean"]
    assert said["sent"] >= RATE * seconds * 0.9
    assert said["replied"] > 0


def roots(earlier: Path, *which: str) -> list[Path]:
    return [earlier if one == "earlier" else ROOT for one in which]


@pytest.mark.parametrize(
    ("server", "worker"), [("earlier", "present"), ("present", "earlier")], ids=["old-server", "old-worker"]
)
@pytest.mark.soak
def test_a_server_of_one_release_and_a_worker_of_the_other_serve_clients_of_both(
    stack: Stack, earlier: Path, tmp_path: Path, loads: list[Load], server: str, worker: str
) -> None:
    for_server, for_worker = roots(earlier, server, worker)
    running = started(stack, for_server, "server", **LIMITS)
    started(stack, for_worker, "worker")
    running.wait_for_path("/readyz")
    for root in (earlier, ROOT):
        out = tmp_path / ("present" if root is ROOT else "earlier")
        loads.append(Load(root, stack, running.port or 0, out, seconds=SECONDS))
    for load in loads:
        check(load.finish(), seconds=SECONDS)


@pytest.mark.parametrize(("before", "after"), [("earlier", "present"), ("present", "earlier")])
@pytest.mark.soak
def test_every_process_is_replaced_under_load(
    stack: Stack, earlier: Path, tmp_path: Path, loads: list[Load], before: str, after: str
) -> None:
    """An upgrade, workers first, and a downgrade, servers first; clients of both releases stay connected."""
    old, new = roots(earlier, before, after)
    port = stack.port()
    first_server, first_worker = (
        started(stack, old, "server", port=port, **LIMITS),
        started(stack, old, "worker"),
    )
    first_server.wait_for_path("/readyz")
    loads[:] = [
        Load(root, stack, port, tmp_path / name, seconds=LONG) for root, name in ((old, "old"), (new, "new"))
    ]
    replaced = {"worker": first_worker, "server": first_server}
    order = ["worker", "server"] if after == "present" else ["server", "worker"]
    for messages, module in zip((100, 200), order, strict=True):
        stack_has(stack, messages, replaced[module])
        settings = {"port": port, **LIMITS} if module == "server" else {}
        started(stack, new, module, **settings)
        assert replaced[module].stop() == 0
    for load in loads:
        check(load.finish(), seconds=LONG)


def stack_has(stack: Stack, messages: int, running: Running) -> None:
    """Wait until so many messages are stored that the load is running."""
    count = "SELECT count(*) FROM messages"
    running.wait_until(lambda: stack.sql(count)[0][0] >= messages, what=f"storing {messages}")
