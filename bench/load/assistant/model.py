"""The provider that the assistant under load asks: the scripted one as a process, at a fixed address."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench.target import Unfit

PORT = 8299
START_TIMEOUT: Final = 15.0  # seconds
STOP_TIMEOUT: Final = 5.0  # seconds
ROOT: Final = Path(__file__).resolve().parents[3]
RULES: Final = Path(__file__).parent / "answer.toml"

_rule: Final[dict[str, Any]] = tomllib.loads(RULES.read_text(encoding="utf-8"))["rules"][0]
DELAY: Final = _rule["delay"] / 1000  # seconds before each word, the first included


def answer(question: str) -> str:
    """What the provider says."""
    text: str = _rule["text"]
    return text.replace("{message}", question)


def setting(port: int) -> str:
    """PARLEY_AI of a target that asks it."""
    provider = {
        "name": "bench",
        "base_url": f"http://127.0.0.1:{port}/v1",
        "model": "bench",
        "scripted": True,
    }
    return json.dumps([provider])


@contextlib.contextmanager
def running(port: int) -> Iterator[None]:
    """The provider, until the end of the block; raises Unfit when it cannot listen."""
    if _listens(port):
        raise Unfit(f"port {port}, where the benchmark answers for the assistant, is in use")
    words = ["-m", "worker.assistant.scripted", "--port", str(port), "--rules", str(RULES)]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_TIMEOUT
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unfit("the provider that answers for the assistant does not start")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_TIMEOUT)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
