"""Decides which messages of visitors the assistant answers, and begins turns for them."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from core import failpoints, ids
from core.apply.apply import apply
from core.apply.result import Refused
from core.bus import connection as bus
from core.bus import presence
from core.commands import ChangeOwner
from core.db import claims, consumers
from core.db.assistant import assistants, inputs, turns
from core.db.assistant.assistants import Assistant
from core.db.assistant.turns import Place
from core.db.chat import changes
from core.db.consumers import ConsumerEvent
from core.ids import SYSTEM, ConversationId, ProjectId
from core.model import Author, OwnerReason
from worker import pool

LOOKED_AT: Final = 50  # messages whose changes of status are read


class Admission:
    """Work of `consumer_events.work_off`, in one transaction for each message.

    `interrupted`: conversations in which the visitor wrote while a turn runs, since it was taken last.
    """

    def __init__(self, redis: bus.Redis) -> None:
        self._redis = redis
        self._interrupted: set[tuple[ProjectId, ConversationId]] = set()

    def interrupted(self) -> Sequence[tuple[ProjectId, ConversationId]]:
        """Takes them."""
        found, self._interrupted = self._interrupted, set()
        return list(found)

    async def work(self, conn: pool.Driver, row: ConsumerEvent) -> None:
        """One message. `conn` has a transaction open."""
        if row.conversation is not None and row.seq is not None:
            place = await turns.place(conn, row.project, row.conversation)
            assistant = await assistants.by_project(conn, row.project)
            if (
                place is not None
                and assistant is not None
                and await self._answers(conn, row, place, assistant)
            ):
                await self._admit(conn, row, row.conversation, row.seq)
        await claims.done(conn, consumers.CLAIMS, row.key)  # another worker may have done it after our lease
        failpoints.hit("assistant.admitted")

    async def _admit(
        self, conn: pool.Driver, row: ConsumerEvent, conversation: ConversationId, seq: int
    ) -> None:
        now = ids.now()
        running = await turns.is_running(conn, row.project, conversation)
        turn = None if running else ids.make(now)
        added = await inputs.add(
            conn, row.project, conversation, event=row.event, seq=seq, turn=turn, now=now
        )
        if not added:
            return
        if turn is None:
            self._interrupted.add((row.project, conversation))
            return
        place = await turns.place(conn, row.project, conversation)
        assert place is not None, "it is locked"
        await turns.begin(conn, row.project, conversation, turn, owner_version=place.owner_version, now=now)

    async def _answers(
        self, conn: pool.Driver, row: ConsumerEvent, place: Place, assistant: Assistant
    ) -> bool:
        """Whether the assistant answers this message."""
        if not assistant.enabled or place.closed or place.quiet:
            return False
        assert row.conversation is not None
        if place.owner == "assistant":
            return True
        if place.owner == "person":
            wanted = assistant.release_on_reopen and place.owner_reason != "declined"
            if not wanted or not await self._reopened(conn, row):
                return False
            return await self._own(conn, row, "reopened", assistant)
        if reason := await self._person(conn, row, place):
            await self._give(conn, row, reason)
            return False
        if assistant.availability == "nobody_online" and await self._somebody_is_online(row.project):
            return False
        return await self._own(conn, row, "began", assistant)

    async def _own(
        self, conn: pool.Driver, row: ConsumerEvent, reason: OwnerReason, assistant: Assistant
    ) -> bool:
        """The assistant answers from now on; False if it may not."""
        assert row.conversation is not None
        author, now = Author("assistant", SYSTEM, assistant.name), ids.now()
        command = ChangeOwner(row.project, author, row.conversation, "assistant", reason, now)
        (result,) = await apply(conn, [command], now=now)
        return not isinstance(result, Refused)

    async def _give(self, conn: pool.Driver, row: ConsumerEvent, reason: OwnerReason) -> None:
        assert row.conversation is not None
        now = ids.now()
        command = ChangeOwner(row.project, Author("system", SYSTEM), row.conversation, "person", reason, now)
        await apply(conn, [command], now=now)

    async def _person(self, conn: pool.Driver, row: ConsumerEvent, place: Place) -> OwnerReason | None:
        """Why a person answers in a conversation in which the assistant never did."""
        if place.assigned:
            return "assigned"
        assert row.conversation is not None
        assert row.seq is not None
        wrote = await turns.has_reply(conn, row.project, row.conversation)
        return "replied" if wrote else None

    async def _reopened(self, conn: pool.Driver, row: ConsumerEvent) -> bool:
        """Whether the message reopened a conversation that was solved."""
        assert row.conversation is not None
        assert row.seq is not None
        first = max(0, row.seq - LOOKED_AT)
        found = await changes.between(conn, row.project, row.conversation, first=first, last=row.seq)
        statuses = [one for one in found if one.status is not None]
        return (
            len(statuses) > 1
            and statuses[-1].seq == row.seq
            and statuses[-1].party == "visitor"
            and statuses[-2].status == "solved"
        )

    async def _somebody_is_online(self, project: ProjectId) -> bool:
        """Without Redis nobody is known to be online: the visitor gets an answer."""
        with suppress(*bus.UNAVAILABLE):
            return await presence.agents_online(self._redis, project) > 0
        return False
