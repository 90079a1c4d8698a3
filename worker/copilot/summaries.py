"""Makes the rolling summary of a session after a turn, off the path of the answer."""

import asyncio
from typing import Final

from core.assistant import summary
from core.assistant.context import Line
from core.db.copilot import messages, sessions, turns
from core.db.copilot.messages import CopilotMessage
from core.db.copilot.sessions import CopilotSession
from core.db.copilot.turns import Claimed, Spent
from worker.copilot.asking import unanswered
from worker.copilot.scene import talk
from worker.pool import Database
from worker.providers.asker import Asker, unseen
from worker.providers.errors import ProviderError

TIMEOUT: Final = 60.0  # seconds for the whole answer


async def after(database: Database, asker: Asker, turn: Claimed) -> None:
    """If it is time for one: it and the window have every message together. A failure keeps the former."""
    async with database.connection() as conn:
        session = await sessions.by_id(conn, turn.project, turn.session)
        if session is None:
            return
        found = await messages.after(
            conn, turn.project, turn.session, number=session.summary_number, limit=summary.MAX_MESSAGES
        )
    said = talk(found)
    end = summary.end([one.number for one in said], handed_over=False)
    if end is None and len(found) == summary.MAX_MESSAGES:
        end = found[-1].number  # nearly all are translations: the next ones are not read otherwise
    if end is None:
        return
    wanted = [one for one in said if one.number <= end]
    if not wanted:
        await _keep(database, turn, session, text=session.summary, number=end)
        return
    sent = summary.request(session.summary, [_line(one) for one in wanted])
    try:
        async with asyncio.timeout(TIMEOUT):
            answer = await asker.ask(sent, (), required=False, max_tokens=summary.MAX_TOKENS, on_text=unseen)
    except (ProviderError, TimeoutError):
        async with database.connection() as conn:
            await turns.spend(conn, turn, unanswered(sent))
        return
    text = summary.cut(answer.reply.text)
    if not text or answer.reply.refused:
        return
    usage = answer.usage
    spent = Spent(answer.provider, answer.model, usage.prompt, usage.answer, answer.cost, usage.estimated)
    await _keep(database, turn, session, text=text, number=end, spent=spent)


async def _keep(
    database: Database,
    turn: Claimed,
    session: CopilotSession,
    *,
    text: str,
    number: int,
    spent: Spent | None = None,
) -> None:
    """The summary up to `number`."""
    async with database.connection() as conn, conn.transaction():
        if spent is not None:
            await turns.spend(conn, turn, spent)
        await sessions.summarise(
            conn,
            turn.project,
            turn.session,
            text=text,
            number=number,
            since=session.summary_number,
        )


def _line(one: CopilotMessage) -> Line:
    return Line("agent" if one.role == "agent" else "assistant", "", one.text)
