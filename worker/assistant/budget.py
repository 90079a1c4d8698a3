"""Tells managers by mail that their assistant has used most of its daily tokens: once a day."""

from typing import Final

from core import ids
from core.days import day_began
from core.db.assistant import budgets
from core.db.ops import mails
from core.ids import ProjectId
from core.mail import AssistantBudget
from core.telemetry.log import Log, log
from worker import pool
from worker.process import Process

SOFT_MARK: Final = 80  # percent of the daily tokens


async def spent(conn: pool.Driver, process: Process, project: ProjectId, *, now: int) -> None:
    """After tokens were spent, and committed: until then the day's count does not have them."""
    limit = await budgets.pass_mark(conn, project, percent=SOFT_MARK, day=day_began(now), now=now)
    if limit is None:
        return
    name = await budgets.project_name(conn, project)
    link = f"{process.settings.origin}/app/p/{ids.text(project)}/settings/assistant"
    for manager in await budgets.managers(conn, project):
        await mails.add(
            conn,
            id=ids.derived(project, b"assistant_budget", manager.email.encode(), now.to_bytes(8, "big")),
            mail=AssistantBudget(
                link=link, full_name=manager.full_name, project=name, percent=SOFT_MARK, limit=limit
            ),
            recipient=manager.email,
            language=manager.language,
            timezone=manager.timezone,
            sealer=process.sealer,
            now=now,
            project=project,
        )
    log(Log.BUDGET_LOW, project=project, percent=SOFT_MARK, limit=limit)
