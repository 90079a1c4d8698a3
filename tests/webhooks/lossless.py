"""Events through a receiver that fails, while workers are killed and Postgres is restarted."""

import time
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from core import ids
from core.db.webhooks import deliveries
from core.ids import VisitorId
from tests.integration.worker.webhook_receiver import Integrated
from tests.running import Running
from tests.stack import Stack
from tests.webhooks.posting import Post, Posting
from tests.webhooks.unreliable import Unreliable

BATCH: Final = 50  # messages of one transaction
AHEAD: Final = 10_000  # events that are stored and not yet accepted


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How much of everything. `patience`: seconds without any progress after which the test fails.

    `hurried`: what a killed worker had claimed is due at once, which needs that no other worker runs.
    """

    events: int
    projects: int
    conversations: int  # of each project
    workers: int
    kills: int
    restarts: int  # of Postgres
    factor: float  # of the waits between attempts
    patience: float
    hurried: bool = False

    @property
    def per_conversation(self) -> int:
        return self.events // (self.projects * self.conversations)

    @property
    def faults(self) -> list[str]:
        """Evenly mixed."""
        kinds = ["kill"] * self.kills
        for index in range(self.restarts):
            kinds.insert((index + 1) * len(kinds) // (self.restarts + 1), "restart")
        return kinds


class Run:
    """One run of a plan."""

    def __init__(self, stack: Stack, receiver: Unreliable, plan: Plan) -> None:
        self._stack = stack
        self._receiver = receiver
        self._plan = plan
        self._posting = Posting(stack.database_url)
        self._projects = [Integrated(stack) for _ in range(plan.projects)]
        self._hooks = {
            one.project: one.webhook(receiver.url, "message.created").bytes for one in self._projects
        }
        self._workers = [self._worker() for _ in range(plan.workers)]

    def deliver(self) -> None:
        """Until each event is delivered or given up; the faults come while deliveries go on."""
        plan, receiver = self._plan, self._receiver
        posts, posted = self._posts(), 0
        faults = plan.faults
        due = [plan.events * (index + 1) // (len(faults) + 1) for index in range(len(faults))]
        progress, moved = 0, time.monotonic()
        while not (posted == plan.events and self._is_settled()):
            if posted < plan.events and posted - len(receiver.accepted) < AHEAD:
                batch = [post for _, post in zip(range(BATCH), posts, strict=False)]
                self._posting.post(batch)
                posted += len(batch)
            if faults and len(receiver.accepted) >= due[-len(faults)]:
                self._inject(faults.pop(0))
            if len(receiver.arrivals) != progress:
                progress, moved = len(receiver.arrivals), time.monotonic()
            assert time.monotonic() - moved < plan.patience, f"{len(receiver.accepted)} of {posted}"
            time.sleep(0.01)
        assert not faults, f"{len(faults)} faults were not injected"

    def replay(self) -> int:
        """Replays what was given up, as a manager does, until all is delivered; returns how many."""

        async def all_of(conn: Any) -> int:
            return sum(
                [
                    await deliveries.replay_all(conn, project, hook, states=["dead"], since=0, until=1 << 42)
                    for project, hook in self._hooks.items()
                ]
            )

        count: int = self._posting.run(all_of)
        self._workers[0].wait_until(
            lambda: len(self._receiver.replayed()) == count and self._is_settled(),
            within=self._plan.patience,
            what="delivering the replays",
        )
        return count

    def close(self) -> None:
        self._posting.close()

    def _worker(self) -> Running:
        return self._stack.spawn(
            "worker",
            "relay",
            "webhooks",
            outbound_networks="127.0.0.0/8, ::1",
            webhook_wait_factor=self._plan.factor,
        )

    def _posts(self) -> Iterator[Post]:
        """Round and round, so that the messages of a conversation are spread over the run."""
        visitors = [
            (one.project, VisitorId(ids.make()))
            for _ in range(self._plan.conversations)
            for one in self._projects
        ]
        for number in range(self._plan.per_conversation):
            for project, visitor in visitors:
                yield Post(project, visitor, number)

    def _inject(self, fault: str) -> None:
        if fault == "restart":
            self._stack.servers.restart_postgres()
        if fault == "kill" or self._plan.hurried:
            victim = self._workers.pop(0)
            victim.kill()
            if self._plan.hurried:
                self._end_leases()
            self._workers.append(self._worker())

    def _end_leases(self) -> None:
        async def work(conn: Any) -> None:
            for table in ("consumer_events", "webhook_deliveries"):
                await conn.execute(f"UPDATE {table} SET due_at = now() WHERE due_at > now()")  # noqa: S608

        self._posting.run(work)

    def _is_settled(self) -> bool:
        """Whether no event and no delivery waits."""
        if len(self._receiver.arrivals) < self._plan.events:
            return False

        async def waits(conn: Any) -> bool:
            found: bool = await conn.fetchval(
                "SELECT EXISTS (SELECT FROM outbox) OR EXISTS (SELECT FROM consumer_events) "
                "OR EXISTS (SELECT FROM webhook_deliveries WHERE state = 'queued')"
            )
            return found

        return not self._posting.run(waits)

    def states(self) -> dict[str, int]:
        """How many deliveries are in each state."""

        async def work(conn: Any) -> dict[str, int]:
            rows = await conn.fetch("SELECT state, count(*) FROM webhook_deliveries GROUP BY state")
            return {row[0]: row[1] for row in rows}

        found: dict[str, int] = self._posting.run(work)
        return found
