"""What people have seen of a turn is what the turn believes that they have seen."""

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest

from core.bus.connection import Redis
from core.bus.streaming import shown
from core.bus.streaming.shown import Change
from core.db.assistant.turns import Claimed
from core.ids import ConversationId, ProjectId, VisitorId
from core.signals import TurnToken
from worker.assistant.broadcast import Broadcast
from worker.streaming.lane import Lane

TURN = Claimed(
    project=ProjectId(b"p" * 16),
    id=b"t" * 16,
    conversation=ConversationId(b"c" * 16),
    visitor=VisitorId(b"v" * 16),
    owner_version=1,
    attempt=1,
    restarts=0,
    shown=False,
    engine=None,
    workflow=0,
    created_at=1,
)


class Channel:
    """In place of Redis: each call waits until it is let through. `calls`: the texts of each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = asyncio.Event()
        self.open = asyncio.Event()
        self.calls: list[list[str]] = []
        self.lane = Lane(cast("Redis", None), lambda: 1)
        monkeypatch.setattr(shown, "show", self._show)

    async def _show(self, _redis: object, changes: Sequence[Change]) -> None:
        self.begun.set()
        await self.open.wait()
        self.calls.append([one.signal.text for one in changes if isinstance(one.signal, TurnToken)])


async def _ours() -> bool:
    return True


def test_a_stop_during_a_publication_leaves_no_text_that_counts_as_shown_and_was_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def stopped() -> None:
        channel = Channel(monkeypatch)
        broadcast = Broadcast(channel.lane, TURN, "Assistant", _ours)
        async with asyncio.TaskGroup() as tasks:
            publishing = tasks.create_task(channel.lane.run())
            writing = tasks.create_task(broadcast.write("Where is it?"))
            await channel.begun.wait()
            writing.cancel()
            await broadcast.hush()
            channel.open.set()
            await broadcast.stopped("visitor", None)
            assert broadcast.shown == "Where is it?"
            assert channel.calls == [["Where is it?"], []], "the token, then the end"
            publishing.cancel()

    asyncio.run(stopped())


def test_turns_that_write_during_a_call_go_together_in_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def written() -> list[list[str]]:
        channel = Channel(monkeypatch)
        async with asyncio.TaskGroup() as tasks:
            publishing = tasks.create_task(channel.lane.run())
            writing = [tasks.create_task(Broadcast(channel.lane, TURN, "A", _ours).write("first"))]
            await channel.begun.wait()
            writing += [
                tasks.create_task(Broadcast(channel.lane, TURN, "A", _ours).write(text))
                for text in ("second", "third")
            ]
            asyncio.get_running_loop().call_soon(channel.open.set)
            await asyncio.gather(*writing)
            publishing.cancel()
        return channel.calls

    assert asyncio.run(written()) == [["first"], ["second", "third"]]


def test_no_turn_waits_for_a_lane_that_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ended() -> list[list[str]]:
        channel = Channel(monkeypatch)
        async with asyncio.TaskGroup() as tasks:
            publishing = tasks.create_task(channel.lane.run())
            writing = [
                tasks.create_task(Broadcast(channel.lane, TURN, "A", _ours).write(text)) for text in "ab"
            ]
            await channel.begun.wait()
            publishing.cancel()
            await asyncio.gather(*writing)
            await Broadcast(channel.lane, TURN, "A", _ours).write("c")
        return channel.calls

    assert asyncio.run(ended()) == []
