"""Many projects with one webhook each, to which messages are posted at a steady rate."""

import itertools
import sys
import time
from pathlib import Path
from typing import Any, Final

from core import ids
from core.ids import ProjectId, VisitorId
from core.webhooks import catalogue, sealed
from core.webhooks.sealed import Sealed
from server.launch.program import Program
from tests.integration.worker.webhook_receiver import KEY, SEALER
from tests.receiver import certified
from tests.running import Running
from tests.stack import ROOT, Stack
from tests.webhooks.posting import Post, Posting

TICK: Final = 0.1  # seconds between transactions
EVENTS: Final = ("message.created",)


class CrowdReceivers:
    """A process that answers `url` at once and `hanging_url` never; apart, to share only the cores."""

    def __init__(self, folder: Path) -> None:
        certified(folder, "localhost", "127.0.0.1")
        self.authority = folder / "receiver.pem"
        self._log = folder / "receivers.log"
        self._running = Running(
            Program(
                name="receivers",
                argv=[sys.executable, "-m", "tests.webhooks.receiving.crowded", str(self.authority)],
                cwd=ROOT,
                log=self._log,
            )
        )
        self.arrived: dict[int, float] = {}  # when each message arrived first
        self.hung = 0
        self._ports: list[int] = []
        self._read = 0  # bytes of the log
        self._running.wait_until(self._listens, what="listening")

    @property
    def url(self) -> str:
        return f"https://localhost:{self._ports[0]}/hook"

    @property
    def hanging_url(self) -> str:
        return f"https://localhost:{self._ports[1]}/hook"

    @property
    def pid(self) -> int:
        return self._running.pid

    def look(self) -> None:
        """Learns of the requests so far, of which the last are known a moment later."""
        with self._log.open("rb") as log:
            log.seek(self._read)
            lines, complete, _ = log.read().rpartition(b"\n")
        self._read += len(lines) + len(complete)
        for line in lines.decode().splitlines():
            match line.split():
                case ["hung"]:
                    self.hung += 1
                case ["port", number]:
                    self._ports.append(int(number))
                case [number, at]:
                    self.arrived.setdefault(int(number), float(at))
                case _:
                    raise AssertionError(line)

    def _listens(self) -> bool:
        self.look()
        return len(self._ports) == 2

    def close(self) -> None:
        self._running.kill()


class Crowd:
    """The projects. `stored`: when each message of one whose receiver answers was committed."""

    def __init__(self, stack: Stack, *, answering: list[str], hanging: list[str]) -> None:
        self._posting = Posting(stack.database_url)
        projects = [ProjectId(ids.make()) for _ in range(len(answering) + len(hanging))]
        self._visitors = {one: VisitorId(ids.make()) for one in projects}
        self._hanging = set(projects[len(answering) :])
        self._order = projects
        self.stored: dict[int, float] = {}
        self.posted = 0

        async def add(conn: Any) -> None:
            await conn.executemany(
                "INSERT INTO projects (id, name, domains) VALUES ($1, 'Shop', '{localhost}')",
                [(one,) for one in projects],
            )
            content = sealed.seal(SEALER, Sealed(secret=KEY, previous=None, headers={}))
            await conn.executemany(
                "INSERT INTO webhooks (project_id, id, url, events, kinds, sealed, ordered) "
                "VALUES ($1, $2, $3, $4, $5, $6, true)",
                [
                    (one, ids.make(), url, list(EVENTS), list(catalogue.kinds_of(EVENTS)), content)
                    for one, url in zip(projects, [*answering, *hanging], strict=True)
                ],
            )

        self._posting.run(add)

    def post(self, *, rate: int, seconds: float) -> float:
        """Posts to all projects in turn; returns how many a second it was really."""
        # Hanging ones are spread among the others.
        turn = itertools.cycle(sorted(self._order, key=lambda one: one[-4:]))
        began = time.monotonic()
        for tick in itertools.count(1):
            posts = []
            for number in range(self.posted, self.posted + round(rate * TICK)):
                project = next(turn)
                posts.append(Post(project, self._visitors[project], number))
            self._posting.post(posts)
            now = time.monotonic()
            self.posted += len(posts)
            self.stored |= {one.number: now for one in posts if one.project not in self._hanging}
            if now - began >= seconds:
                return self.posted / (now - began)
            time.sleep(max(0.0, began + tick * TICK - now))
        raise AssertionError

    def close(self) -> None:
        self._posting.close()
