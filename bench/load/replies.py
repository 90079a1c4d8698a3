"""Agents reply by REST, as an open loop: each has one connection with a queue."""

import asyncio
from uuid import UUID

from bench.load.agent import Agent
from bench.load.client_socket import TurnedAway
from bench.load.crowd import Crowd
from bench.load.turns import Desks, Turns
from bench.load.visitor import Visitor

RETRY = 0.5  # seconds


class Repliers:
    """Assigns each due reply to an agent of the visitor's project."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        # Unbounded, because the loop is open: the wait counts as latency, and the queue ends with the load.
        self._queues: dict[Agent, asyncio.Queue[int]] = {agent: asyncio.Queue() for agent in crowd.agents}
        self._visitors = Turns[Visitor]()
        self._desks = {
            project: Desks(agent for agent in crowd.agents if agent.project == project)
            for project in {agent.project for agent in crowd.agents}
        }

    def start(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Starts one task per agent; cancel them at the end."""
        return [tasks.create_task(self._work(agent, queue)) for agent, queue in self._queues.items()]

    def write(self, due: float) -> None:
        """A reply is due; does nothing before the first visitor has a conversation."""
        if not self._crowd.talking:
            return
        visitor = self._visitors.next(self._crowd.talking)
        number = self._crowd.ledger.replies.write(visitor.number, due)
        self._queues[self._desks[visitor.project].take()].put_nowait(number)

    async def _work(self, agent: Agent, queue: asyncio.Queue[int]) -> None:
        while True:
            number = await queue.get()
            while not await self._post(agent, number):  # noqa: ASYNC110  there is no event to wait for
                await asyncio.sleep(RETRY)
            self._desks[agent.project].done(agent)

    async def _post(self, agent: Agent, number: int) -> bool:
        """False when the server was unreachable: retry with the same ref."""
        ledger = self._crowd.ledger
        book = ledger.replies
        conversation = self._crowd.visitors[book.owner[number]].conversation
        assert conversation is not None, "replies go only to visitors with a conversation"
        reply = {"ref": str(UUID(bytes=book.ref(number))), "body": book.body(number), "kind": "text"}
        try:
            path = f"conversations/{UUID(bytes=conversation)}/messages"
            answer = await agent.call("POST", path, reply)
        except TurnedAway:
            ledger.resent += 1
            return False
        ledger.acknowledge(book, number, conversation, answer.value["seq"], project=agent.project)
        return True
