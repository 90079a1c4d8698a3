"""The scripted provider, which answers by rules where PARLEY_AI is empty: its program and its setting."""

import json
import os
import socket
import sys
from pathlib import Path

from server.launch import ports
from server.launch.program import Program

NAME = "demo assistant, scripted"


class Scripted:
    """One provider, on a loopback port of its own for as long as this object lives."""

    def __init__(self, root: Path, *, log: Path) -> None:
        """Choose the port. Its messages are visitors', so it gets none of our secrets."""
        self.port = ports.free()
        self.program = Program(
            name="assistant",
            argv=[sys.executable, "-m", "worker.assistant.scripted", "--port", str(self.port)],
            cwd=root,
            log=log,
            env={name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")},
        )

    @property
    def setting(self) -> str:
        """PARLEY_AI for servers and workers."""
        url = f"http://127.0.0.1:{self.port}/v1"
        return json.dumps([{"name": NAME, "base_url": url, "model": "scripted", "scripted": True}])

    def ready(self, _pid: int) -> bool:
        """Whether it listens."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True
