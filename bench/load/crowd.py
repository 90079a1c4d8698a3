"""All clients of a run: connects and reconnects them, repairs gaps, records latencies."""

import asyncio
import os
import random
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final
from uuid import UUID

import msgspec

from bench.addresses import Addresses
from bench.histogram import Latencies
from bench.load.agent import Agent
from bench.load.client_socket import ClientSocket, TurnedAway
from bench.load.http import Http
from bench.load.visitor import Visitor
from bench.profile import Profile
from bench.target import Target, Unfit
from bench.verdict.ledger import Ledger
from protocol import from_server
from protocol.backoff import Backoff
from protocol.codes import come_back

PARALLEL_HANDSHAKES: Final = 128
PARALLEL_RETURNS: Final = 128  # ten thousand at once would block this process for seconds
TEND: Final = 1.0  # seconds
TURNS: Final = 20
TRIES: Final = 5
PAGE: Final = 50  # messages of a visitor's history


class Storm(msgspec.Struct):
    """Clients were disconnected at `began`, all were back at `ended`; seconds since the load began."""

    began: float
    lost: int = 0
    ended: float | None = None


class Crowd:
    """Owned by one run of the driver; its tasks run in `tasks`."""

    def __init__(
        self, target: Target, profile: Profile, tasks: asyncio.TaskGroup, *, say: Callable[[str], None]
    ) -> None:
        self.target = target
        self._say = say
        self.ledger = Ledger(os.urandom(7))
        self.stored_latencies, self.agent_latencies = Latencies(), Latencies()
        self.reply_latencies, self.storm_latencies = Latencies(), Latencies()
        self.lateness = Latencies()  # of this process: how long after the due time it sent a message
        self.storms: list[Storm] = []
        self.begin = 0.0
        self.talking: list[Visitor] = []  # visitors with a conversation
        self._tasks = tasks
        self._chance = random.Random(profile.seed)
        self._addresses = Addresses(local=target.local)
        self._away: set[ClientSocket] = set()
        self._sent_online: set[int] = set()  # texts due during a storm whose sender was online
        self._over = False
        self._gate = asyncio.Semaphore(PARALLEL_RETURNS)
        self._history = Http(target.url, source=self._addresses.next())
        self.visitors = [Visitor(self, n, project=n % len(target.projects)) for n in range(profile.visitors)]
        self.agents = [self._agent(number) for number in range(profile.agents)]

    async def gather_agents(self) -> None:
        """Connects all agents, one after the other: signing in is slow by design."""
        for agent in self.agents:
            await agent.arrive()

    async def gather_visitors(self) -> float:
        """Connects all visitors; returns handshakes per second."""
        gate, began = asyncio.Semaphore(PARALLEL_HANDSHAKES), time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for visitor in self.visitors:
                await gate.acquire()
                tasks.create_task(self._first_time(visitor)).add_done_callback(lambda _: gate.release())
        return len(self.visitors) / (time.perf_counter() - began)

    def write(self, visitor: Visitor, due: float) -> None:
        """The visitor's next text is due, at `due` by perf_counter."""
        number = self.ledger.texts.write(visitor.number, due)
        self._record(self.lateness, due)
        if self._away and visitor.online:
            self._sent_online.add(number)
        visitor.write(number)

    async def tend(self) -> None:
        """Until cancelled: visitors resend texts without `stored`, and fetch missing messages."""
        while True:
            for start in range(TURNS):  # in slices: all at once would delay due texts
                await asyncio.sleep(TEND / TURNS)
                now = time.perf_counter()
                for visitor in self.visitors[start::TURNS]:
                    visitor.tend(now)
                    if visitor.gap and visitor.online:
                        await self._try(self._fetch_history(visitor))

    async def tend_agents(self) -> None:
        """Until cancelled: agents fetch what they missed; visitors must not wait for their rate limit."""
        while True:
            await asyncio.sleep(TEND)
            for agent in self.agents:
                if agent.behind and agent.online:
                    agent.behind = not await self._try(agent.catch_up()) or agent.behind

    def end(self) -> None:
        """Closes every connection; no client reconnects from now on."""
        self._over = True
        for client in (*self.visitors, *self.agents):
            client.disconnect()

    def stop(self, why: Unfit) -> None:
        """Aborts the run: `why` is raised from the task group."""
        self._tasks.create_task(_fail(why))

    # What clients report

    def say(self, line: str) -> None:
        self._say(line)

    def arrived(self, client: ClientSocket) -> None:
        self._away.discard(client)
        if self.storms and not self._away and self.storms[-1].ended is None:
            self.storms[-1].ended = time.perf_counter() - self.begin

    def lost(self, client: ClientSocket, code: int) -> None:
        if self._over:
            return
        if not come_back(code):
            self.stop(Unfit(f"the server closed a client permanently, with code {code}"))
            return
        if not self._away:
            self.storms.append(Storm(time.perf_counter() - self.begin))
        self.storms[-1].lost += 1
        self._away.add(client)
        if isinstance(client, Visitor):  # its texts that were due before the loss was noticed
            self._sent_online.difference_update(client.waiting)
        self._tasks.create_task(self._bring_back(client))

    def move(self, client: ClientSocket, drain: from_server.Drain) -> None:
        """The server drains: reconnects the client at a random point of the window."""
        delay = Backoff(self._chance.random).after_drain(drain.min_ms, drain.max_ms)
        asyncio.get_running_loop().call_later(delay, client.disconnect)

    def stored(self, number: int, *, first: bool) -> None:
        self._record(self.stored_latencies, self.ledger.texts.due[number])
        if number in self._sent_online:
            self._sent_online.remove(number)
            self._record(self.storm_latencies, self.ledger.texts.due[number])
        if first:
            self.talking.append(self.visitors[self.ledger.texts.owner[number]])

    def at_agent(self, number: int) -> None:
        self._record(self.agent_latencies, self.ledger.texts.due[number])

    def answered(self, number: int) -> None:
        self._record(self.reply_latencies, self.ledger.replies.due[number])

    # The state of the run

    @property
    def online(self) -> int:
        return sum(visitor.online for visitor in self.visitors)

    @property
    def quiet(self) -> bool:
        """Whether everything sent was acknowledged and has arrived."""
        replied = sum(visitor.reception.count for visitor in self.talking)
        return (
            not self.ledger.waiting
            and not self._away
            and replied >= len(self.ledger.texts) + len(self.ledger.replies)
            and all(
                agent.reception.count >= self.ledger.counts.get(agent.project, 0) for agent in self.agents
            )
        )

    def _record(self, latencies: Latencies, due: float) -> None:
        latencies.record(time.perf_counter() - due, due=due - self.begin)

    def _agent(self, number: int) -> Agent:
        account = self.target.accounts[number % len(self.target.accounts)]
        project = self.target.projects.index(account.project)
        return Agent(self, account, project=project, source=self._addresses.next())

    async def _first_time(self, visitor: Visitor) -> None:
        backoff = Backoff(self._chance.random)
        for tries in range(1, TRIES + 1):
            try:
                await self._connect(visitor)
            except TurnedAway as why:
                if tries == TRIES:
                    raise Unfit(f"a visitor cannot connect: {why}") from None
                await asyncio.sleep(backoff.after_failure() + why.retry)
            else:
                return

    async def _bring_back(self, client: ClientSocket) -> None:
        backoff = Backoff(self._chance.random)
        while not client.online:
            await asyncio.sleep(backoff.after_failure())
            try:
                if isinstance(client, Agent):
                    await client.arrive()
                elif isinstance(client, Visitor):
                    async with self._gate:
                        await self._connect(client)
            except TurnedAway as why:
                backoff.told_to_wait(round(why.retry * 1000))

    async def _connect(self, visitor: Visitor) -> None:
        source = self._addresses.of(visitor.number)
        await visitor.connect(self.target.url, project=visitor.place, source=source)

    async def _fetch_history(self, visitor: Visitor) -> None:
        """Fetches what a visitor missed over REST, as the widget does; remaining gaps are agents' notes."""
        visitor.gap, conversation, more = False, visitor.conversation, visitor.conversation is not None
        while more and conversation is not None:
            after = visitor.reception.upto.get(conversation, 0)
            path = f"public/projects/{visitor.place}/messages?after_seq={after}&limit={PAGE}"
            answer = await self._history.call("GET", path, bearer=f"Visitor {visitor.key}")
            if answer.status != 200:
                visitor.gap = True
                raise TurnedAway(f"{answer.status}")
            for item in answer.value["items"]:
                new = visitor.received(conversation, item["seq"], live=False)
                self.ledger.fetched += new
                number = self.ledger.replies.number(UUID(item["ref"]).bytes if item.get("ref") else None)
                if new and number is not None:
                    self.answered(number)
            more = answer.value["has_more"] and visitor.reception.upto.get(conversation, 0) > after

    @staticmethod
    async def _try(repair: Coroutine[Any, Any, None]) -> bool:
        """False when the server was unreachable: the next round tries again."""
        try:
            await repair
        except (TurnedAway, OSError, EOFError):
            return False
        return True


async def _fail(why: Unfit) -> None:
    raise why
