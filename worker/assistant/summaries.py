"""Makes the rolling summary of a conversation after a turn, off the path of the answer."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from core import ids
from core.assistant import summary
from core.bus import connection as bus
from core.bus import rooms
from core.db.assistant import conversations, turns
from core.db.assistant.conversations import Kept, Summary
from core.db.assistant.turns import Claimed
from core.db.chat import messages
from core.model import Message
from core.signals import Resource, ResourceChanged
from worker import pool
from worker.assistant import budget, scene
from worker.process import Process
from worker.providers.asker import Asker, unseen
from worker.providers.errors import ProviderError

TIMEOUT: Final = 60.0  # seconds for the whole answer


class Summaries:
    """A failure keeps the former one."""

    def __init__(self, process: Process, redis: bus.Redis, asker: Asker) -> None:
        self._process = process
        self._database = process.database
        self._redis = redis
        self._asker = asker

    async def after(self, turn: Claimed, *, handed_over: bool) -> None:
        """If it is time for one. It is also the brief of a conversation that was handed over."""
        async with self._database.connection() as conn:
            kept = await conversations.kept(conn, turn.project, turn.conversation)
            wanted = await self._wanted(conn, turn, kept, handed_over=handed_over)
        if not wanted:
            return
        try:
            async with asyncio.timeout(TIMEOUT):
                answer = await self._asker.ask(
                    summary.request(kept.summary, scene.lines(wanted)),
                    (),
                    required=False,
                    max_tokens=summary.MAX_TOKENS,
                    on_text=unseen,
                )
        except (ProviderError, TimeoutError):
            return
        text = summary.cut(answer.reply.text)
        if not text or answer.reply.refused:
            return
        async with self._database.connection() as conn, conn.transaction():
            await turns.add_tokens(
                conn,
                turn,
                prompt=answer.usage.prompt,
                answer=answer.usage.answer,
                cost=answer.cost,
                estimated=answer.usage.estimated,
            )
            made = Summary(text, wanted[-1].seq, since=kept.summary_seq, brief=handed_over)
            stored = await conversations.summarise(conn, turn.project, turn.conversation, made)
        async with self._database.connection() as conn, conn.transaction():
            await budget.spent(conn, self._process, turn.project, now=ids.now())
        if stored and handed_over:
            await self._tell(turn)

    @staticmethod
    async def _wanted(
        conn: pool.Driver, turn: Claimed, kept: Kept, *, handed_over: bool
    ) -> Sequence[Message]:
        """The messages that the next summary adds."""
        found = await messages.after(
            conn,
            turn.project,
            turn.conversation,
            seq=kept.summary_seq,
            limit=summary.MAX_MESSAGES,
            for_visitor=True,
        )
        end = summary.end([one.seq for one in found], handed_over=handed_over)
        return [one for one in found if end is not None and one.seq <= end]

    async def _tell(self, turn: Claimed) -> None:
        """Agents who read the brief fetch it again."""
        with suppress(*bus.UNAVAILABLE):
            changed = ResourceChanged(turn.project, Resource.ASSISTANT, turn.conversation)
            await rooms.publish_signals(self._redis, [changed])
