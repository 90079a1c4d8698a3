"""The soft mark of the daily tokens: managers get one mail, however many workers see it passed."""

import asyncio
from typing import Any
from uuid import UUID

from core import days, ids
from core.config import settings
from core.identity.encryption import Sealer
from core.ids import UserId
from tests.integration.core.core_fixture import new_visitor
from tests.integration.worker.assistant_project import Assisted
from tests.patience import PATIENCE
from tests.scripted import ai, scripted
from tests.smtp import Outbox
from tests.stack import SECRET, Stack
from worker import pool
from worker.assistant import budget
from worker.control import Control
from worker.process import Process
from worker.wakeup import Wakeup

LIMIT = 10_000


class Frugal(Assisted):
    """Its manager is Ben; Ann is an agent, and Zoe, another manager, has not confirmed her address."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, daily_tokens=LIMIT)
        zoe = UserId(ids.make())
        self.run(lambda conn: self.add_agent(conn, zoe, "Zoe"))
        stack.sql(
            "UPDATE memberships SET role = 'manager' WHERE project_id = $1 AND user_id <> $2",
            UUID(bytes=self.project),
            UUID(bytes=self.agent),
        )
        stack.sql(
            "UPDATE users SET email_verified_at = now(), language = 'vi' WHERE id = $1", UUID(bytes=self.ben)
        )

    def has_used(self, tokens: int, *, days_ago: int = 0) -> None:
        conversation = self.conversation()
        self.stack.sql(
            "INSERT INTO assistant_turns (project_id, id, conversation_id, state, owner_version, "
            "lease_until, created_at, ended_at) "
            "VALUES ($1, $2, $3, 'completed', 0, now(), now() - make_interval(days => $4), now())",
            UUID(bytes=self.project),
            (turn := UUID(bytes=ids.make())),
            UUID(bytes=conversation),
            days_ago,
        )
        self.stack.sql(
            "UPDATE assistant_turns SET prompt_tokens = $3 WHERE project_id = $1 AND id = $2",
            UUID(bytes=self.project),
            turn,
            tokens,
        )

    def spent(self, workers: int = 1, *, later: int = 0) -> int:
        """So many workers have spent tokens at once; returns how many mails there are then."""
        given = {"PARLEY_SECRET_KEY": SECRET, "PARLEY_DATABASE_URL": self.stack.database_url}
        read = settings.read(given | {"PARLEY_REDIS_URL": self.stack.redis_url})

        async def whole() -> None:
            stop = asyncio.Event()
            async with (
                asyncio.timeout(PATIENCE),
                pool.open_database(read.database_url, size=workers) as database,
            ):
                control = Control(read.redis_url, stop)
                process = Process(read, Sealer.of(read), "w", database, control, Wakeup(), stop)
                ready = asyncio.Barrier(workers)

                async def one() -> None:
                    async with database.connection() as conn, conn.transaction():
                        await ready.wait()
                        await budget.spent(conn, process, self.project, now=ids.now() + later)

                await asyncio.gather(*(one() for _ in range(workers)))

        asyncio.run(whole())
        return self.mails()

    def mails(self) -> int:
        rows = self.stack.sql(
            "SELECT recipient FROM mails WHERE template = 'assistant_budget' AND project_id = $1",
            UUID(bytes=self.project),
        )
        assert {row[0] for row in rows} <= {self.address}, "agents and unconfirmed addresses get none"
        return len(rows)


def test_one_mail_a_day_whatever_the_number_of_workers(stack: Stack) -> None:
    project = Frugal(stack)
    project.has_used(7_999)
    assert project.spent(workers=8) == 0
    project.has_used(1)
    assert project.spent(workers=8) == 1
    assert project.spent(workers=8) == 1
    project.has_used(9_000, days_ago=-1)
    assert project.spent(workers=8, later=days.DAY) == 2


def test_what_was_used_yesterday_does_not_count(stack: Stack) -> None:
    project = Frugal(stack)
    project.has_used(9_000, days_ago=1)
    assert project.spent() == 0


def test_where_the_transaction_that_passed_the_mark_is_lost_the_next_one_writes_it(stack: Stack) -> None:
    project = Frugal(stack)
    project.has_used(9_000)

    async def rolled_back(conn: Any) -> None:
        read = settings.read({"PARLEY_SECRET_KEY": SECRET})
        process: Any = type("Of", (), {"settings": read, "sealer": Sealer.of(read)})
        transaction = conn.transaction()
        await transaction.start()
        await budget.spent(conn, process, project.project, now=ids.now())
        await transaction.rollback()

    project.run(rolled_back)
    assert project.mails() == 0
    assert project.spent() == 1


def test_a_manager_is_told_when_a_turn_passes_the_mark(fresh_stack: Stack, outbox: Outbox) -> None:
    project = Frugal(fresh_stack)
    project.has_used(7_990)
    with scripted("--delay", "0") as url:
        # The visitor of the former turn has written, too, and is answered first.
        worker = fresh_stack.spawn(
            "worker",
            *("assistant", "relay", "mail"),
            ai=ai(url),
            **outbox.settings(),
        )
        mail = outbox.wait_for(project.address, "assistant_budget")
        project.apply(project.post(new_visitor(), "where is my order?"))
        worker.wait_until(lambda: len(_completed(fresh_stack)) == 3, what="answering")
    assert mail.message["Subject"] == "Trợ lý AI của Shop đã dùng 80% số token trong ngày"
    assert "10.000 token" in mail.text and "văn bản dự phòng" in mail.text
    assert f"/app/p/{UUID(bytes=project.project)}/settings/assistant" in mail.text
    assert (project.mails(), outbox.received) == (0, [])


def _completed(stack: Stack) -> list[Any]:
    return stack.sql("SELECT FROM assistant_turns WHERE state = 'completed'")
