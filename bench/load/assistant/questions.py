"""Questions to the assistant during the load, as an open loop: their visitors, schedule and times."""

import asyncio
import os
import random
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from bench.addresses import Addresses
from bench.histogram import Latencies
from bench.load import pace
from bench.load.assistant import model
from bench.load.assistant.asker import Asker
from bench.load.client_socket import TurnedAway
from bench.load.tasks import task_group
from bench.profile import Profile
from bench.target import Target, Unfit
from bench.verdict import rows
from bench.verdict.answers import TurnVerdict
from bench.verdict.ledger import Book
from protocol.backoff import Backoff

PARALLEL: Final = 64  # handshakes
TRIES: Final = 5
STOP_AFTER: Final = (0.3, 4.0)  # seconds from the first token, in which a visitor stops a turn
QUIET_TIMEOUT: Final = 20.0  # seconds until the last question must be answered
PREPARE_TIMEOUT: Final = 30.0  # seconds for the first token of the first question


class Answered(msgspec.Struct, kw_only=True):
    """The measurements of the turns of a run."""

    asked: int = 0
    waited: int = 0  # questions that were due before a visitor was free
    stopped: int = 0
    tokens: int = 0
    most_running: int = 0
    first: Latencies  # from `stored` to the first token, less the provider's delay
    stop: Latencies  # from `stop` to `streamstopped`
    verdict: TurnVerdict


class Questions:
    """Belongs to one run. Its visitors are in a project of their own."""

    def __init__(self, target: Target, profile: Profile, tasks: asyncio.TaskGroup) -> None:
        """Raises Unfit when the target has no such project."""
        if not target.assistant:
            raise Unfit("assistant creates a project: run it where run.json is, without --project")
        self._target = target
        self._profile = profile
        self._tasks = tasks
        self._book = Book(os.urandom(8))
        self._chance = random.Random(profile.seed)
        self._addresses = Addresses(local=target.local)
        self._began = 0.0
        self._due: deque[int] = deque()  # questions that no visitor is free for
        self.project = target.assistant
        self.verdict = TurnVerdict()
        self.measured = Answered(first=Latencies(), stop=Latencies(), verdict=self.verdict)
        self.askers = [Asker(self, number) for number in range(profile.askers)]
        self._free = deque(self.askers)
        self._begun = asyncio.Event()  # the first question has an answer, or a part of one

    @property
    def running(self) -> int:
        """The number of turns that run, as far as their visitors know."""
        return sum(asker.streaming for asker in self.askers)

    async def arrive(self) -> None:
        """Connects all visitors; raises Unfit."""
        gate = asyncio.Semaphore(PARALLEL)

        async def connect(asker: Asker) -> None:
            async with gate:
                await self._connect(asker)

        async with asyncio.TaskGroup() as tasks:
            for asker in self.askers:
                tasks.create_task(connect(asker))

    async def run(self, began: float) -> None:
        """Asks until the end of the load. `began`: of perf_counter."""
        self._began = began
        for due in pace.offsets(self._profile.answers, self._profile.seconds):
            await asyncio.sleep(max(0.0, began + due - time.perf_counter()))
            self._write(began + due)

    async def settle(self) -> None:
        """Waits for the last answers, judges, and checks the rows."""
        deadline = time.perf_counter() + QUIET_TIMEOUT
        while len(self._free) < len(self.askers) and time.perf_counter() < deadline:  # noqa: ASYNC110  as in the driver
            await asyncio.sleep(0.1)
        for asker in set(self.askers) - set(self._free):
            if asker.answer is not None:
                asker.answer.judge()
        self.verdict.unanswered += len(self._due)
        self.measured.asked = len(self._book)
        self.verdict.left += abs(await rows.ended_turns(self._target.dsn, self.project) - len(self._book))

    async def prepare(self) -> None:
        """Whether the target asks our provider: one question, until its first words; raises Unfit."""
        await self.arrive()
        self._write(time.perf_counter())
        try:
            async with asyncio.timeout(PREPARE_TIMEOUT):
                await self._begun.wait()
        except TimeoutError:
            raise _not_asked() from None
        answer = self.askers[0].answer
        shown = "" if answer is None else answer.shown
        if not shown or not model.answer(self._book.body(0)).startswith(shown):
            raise _not_asked()

    def end(self) -> None:
        for asker in self.askers:
            asker.part()

    # What askers report

    def first(self, asker: Asker, waited: float) -> None:
        self._begun.set()
        self.measured.most_running = max(self.measured.most_running, self.running)
        self.measured.first.record(max(0.0, waited - model.DELAY), due=self._now())
        if self._chance.random() < self._profile.stopped and (answer := asker.answer) is not None:
            delay = self._chance.uniform(*STOP_AFTER)
            asyncio.get_running_loop().call_later(delay, asker.ask_to_stop, answer)

    def stopped(self, waited: float) -> None:
        self.measured.stopped += 1
        self.measured.stop.record(waited, due=self._now())

    def answered(self, asker: Asker) -> None:
        self._begun.set()
        assert asker.answer is not None
        asker.answer.judge()
        self.measured.tokens += asker.answer.tokens
        self._free.append(asker)
        if self._due:
            self._ask(self._due.popleft())

    def stop(self, why: Unfit) -> None:
        self._tasks.create_task(_fail(why))

    def _write(self, due: float) -> None:
        """A question is due: the visitor asks who has been free for longest."""
        number = self._book.write(0, due)
        if self._free:
            self._ask(number)
        else:
            self.measured.waited += 1
            self._due.append(number)

    def _ask(self, number: int) -> None:
        self._free.popleft().ask(self._book.ref(number), self._book.body(number))

    def _now(self) -> float:
        return max(0.0, time.perf_counter() - self._began) if self._began else 0.0

    async def _connect(self, asker: Asker) -> None:
        backoff = Backoff(self._chance.random)
        source = self._addresses.of(asker.number)
        for tries in range(1, TRIES + 1):
            try:
                await asker.connect(self._target.url, project=self.project, source=source)
            except TurnedAway as why:
                if tries == TRIES:
                    raise Unfit(f"a visitor of the assistant cannot connect: {why}") from None
                await asyncio.sleep(backoff.after_failure() + why.retry)
            else:
                return


async def prepare(target: Target, profile: Profile, say: Callable[[str], None]) -> None:
    """Raises Unfit when the target's assistant does not ask our provider."""
    say(f"asking the assistant of {target.url}")
    alone = msgspec.structs.replace(profile, askers=1, stopped=0)
    async with task_group() as tasks:
        questions = Questions(target, alone, tasks)
        try:
            await questions.prepare()
        finally:
            questions.end()


async def _fail(why: Unfit) -> None:
    raise why


def _not_asked() -> Unfit:
    return Unfit(
        "the target's assistant does not ask the benchmark's provider: start it with\n"
        f"  PARLEY_AI='{model.setting(model.PORT)}' make run"
    )
