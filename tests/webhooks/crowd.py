"""Many projects with one webhook each, to which messages are posted at a steady rate."""

import itertools
import threading
import time
from pathlib import Path
from typing import Any, Final

from core import ids
from core.ids import ProjectId, VisitorId
from core.webhooks import catalogue, sealed
from core.webhooks.sealed import Sealed
from tests.integration.worker.webhook_receiver import KEY, OK, SEALER, Received, WebhookReceiver
from tests.stack import Stack
from tests.webhooks.posting import Post, Posting

TICK: Final = 0.1  # seconds between transactions
EVENTS: Final = ("message.created",)


class Punctual(WebhookReceiver):
    """Knows when each message arrived."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.arrived: dict[int, float] = {}
        self.use(self._noted)

    def _noted(self, one: Received) -> bytes:
        self.received.clear()
        self.arrived.setdefault(int(one.json["data"]["message"]["body"]), time.monotonic())
        return OK


class Hanging(WebhookReceiver):
    """Takes each request and never answers; keeps nothing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.requests = 0
        self._counting = threading.Lock()
        self.use(self._counted)

    def _counted(self, one: Received) -> None:
        self.received.clear()
        with self._counting:
            self.requests += 1


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
