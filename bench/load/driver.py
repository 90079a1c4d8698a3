"""One run: clients connect, idle, send at the rate, wait for delivery; then the ledger is checked."""

import asyncio
import itertools
import random
import time
from collections.abc import Callable
from typing import Final

import msgspec

from bench import processes
from bench.histogram import Latencies
from bench.load import absence, pace
from bench.load.assistant.questions import Answered, Questions
from bench.load.crowd import Crowd, Storm
from bench.load.logins import Logins
from bench.load.replies import Repliers
from bench.load.tasks import task_group
from bench.processes import Processes
from bench.profile import Profile
from bench.target import Target, Unfit
from bench.verdict import rows
from bench.verdict.ledger import Verdict

SETTLE: Final = 2.0  # seconds of rest, so that the cost of connecting does not count for the load
QUIET_TIMEOUT: Final = 20.0  # seconds until everything sent must be delivered
LEAST_KIB: Final = 1.0  # per connection: below it memory was reused, and the measurement is void
SAMPLE: Final = 1.0  # seconds
COUNT_FILES: Final = 10  # samples between two counts of open files: 10,000 of them take the kernel 10 ms
GRAIN: Final = 0.001  # seconds between two checks for due texts: a timer each costs a fifth of this process


class Sample(msgspec.Struct, frozen=True):
    """A sample of the machine, every second. CPU seconds by process since its start, memory in KiB."""

    at: float
    cpu: dict[str, float]
    resident: dict[str, int]
    descriptors: dict[str, int]
    children: dict[str, int]  # number of child processes
    online: int
    running: int = 0  # turns of the assistant


class Measured(msgspec.Struct, kw_only=True):
    """The measurements of a run. Times in seconds; shares are of one core."""

    span: float = 0.0  # duration of the sending
    sent: int = 0
    replied: int = 0
    handshakes_per_second: float = 0.0
    kib_per_connection: float | None = None
    cpu_seconds: dict[str, float] = {}
    idle_share: dict[str, float] = {}
    driver_share: float = 0.0
    others_share: float = 0.0  # neither the target nor this process: was the machine quiet?
    stored: Latencies
    at_agent: Latencies
    reply: Latencies
    in_storm: Latencies
    late: Latencies
    login: Latencies = msgspec.field(default_factory=Latencies)
    answered: Answered | None = None  # the assistant's turns
    storms: list[Storm] = []
    faults: dict[str, float] = {}
    samples: list[Sample] = []
    refused: int = 0
    resent: int = 0
    repeats: int = 0
    fetched: int = 0
    checked_rows: bool = False
    verdict: Verdict


class Run:
    """One run of a profile against a target."""

    def __init__(
        self, target: Target, profile: Profile, watched: Processes, *, say: Callable[[str], None]
    ) -> None:
        self._target = target
        self._profile = profile
        self._watched = watched
        self._say = say
        self._phase = ""
        self._questions: Questions | None = None
        self.samples: list[Sample] = []
        self.faults: dict[str, float] = {}

    async def run(self) -> Measured:
        """The whole run; raises Unfit when this target cannot be loaded like that."""
        since = time.time()
        async with task_group() as tasks:
            crowd = Crowd(self._target, self._profile, tasks, say=self._say)
            measured = await self._load(crowd, tasks)
            crowd.end()
            if self._questions is not None:
                self._questions.end()
        measured.verdict = await self._judge(crowd, since=since)
        measured.checked_rows = bool(self._target.dsn)
        return measured

    async def _load(self, crowd: Crowd, tasks: asyncio.TaskGroup) -> Measured:
        measured = Measured(
            stored=crowd.stored_latencies,
            at_agent=crowd.agent_latencies,
            reply=crowd.reply_latencies,
            in_storm=crowd.storm_latencies,
            late=crowd.lateness,
            storms=crowd.storms,
            samples=self.samples,
            faults=self.faults,
            verdict=crowd.ledger.seen,
        )
        absence_watch = tasks.create_task(absence.watch(lambda: crowd.online, url=self._target.url))
        await self._arrive(crowd, measured, tasks)
        repliers = Repliers(crowd)
        tending = [tasks.create_task(tend()) for tend in (crowd.tend, crowd.tend_agents)]
        background = [absence_watch, *tending, *repliers.start(tasks)]
        await self._be_silent(measured)
        usage = Usage(self._watched)
        crowd.begin = began = time.perf_counter()
        background.append(tasks.create_task(self._watch(crowd)))
        if self._profile.logins:
            logins = Logins(self._target, self._profile)
            measured.login = logins.latencies
            background.append(tasks.create_task(logins.run()))
        if self._questions is not None:
            background.append(tasks.create_task(self._questions.run(began)))
        if self._profile.restart_at is not None:
            tasks.create_task(self._restart(crowd, self._profile.restart_at))
        self._phase = "sending"
        await self._send(crowd, repliers)
        measured.span = time.perf_counter() - began
        self._phase = "waiting"
        await self._await_quiet(crowd)
        if self._profile.seconds:
            measured.cpu_seconds = usage.until_now(measured)
        for task in background:
            task.cancel()
        self._count(crowd, measured)
        return measured

    async def _arrive(self, crowd: Crowd, measured: Measured, tasks: asyncio.TaskGroup) -> None:
        self._say(
            f"{len(crowd.agents)} agents and {len(crowd.visitors):,} visitors connect to {self._target.url}"
        )
        await crowd.gather_agents()
        before = self._watched.resident_kib("servers")
        measured.handshakes_per_second = await crowd.gather_visitors()
        await asyncio.sleep(SETTLE)
        grown = (self._watched.resident_kib("servers") - before) / len(crowd.visitors)
        if before and grown > LEAST_KIB:
            measured.kib_per_connection = grown
        if self._profile.answers:
            self._questions = Questions(self._target, self._profile, tasks)
            measured.answered = self._questions.measured
            await self._questions.arrive()

    async def _be_silent(self, measured: Measured) -> None:
        if self._profile.idle:
            self._say(f"idle for {self._profile.idle:.0f} s")
            usage = Usage(self._watched)
            await asyncio.sleep(self._profile.idle)
            spent = usage.until_now(measured)
            measured.idle_share = {name: seconds / self._profile.idle for name, seconds in spent.items()}

    async def _send(self, crowd: Crowd, repliers: Repliers) -> None:
        """Sends every due text, without waiting for the replies to earlier ones (open loop)."""
        profile = self._profile
        # Visitors take turns in a random order: none sends more often than the rate says, and the next sender
        # does not depend on earlier replies.
        order = random.Random(profile.seed).sample(crowd.visitors, len(crowd.visitors))
        senders = itertools.cycle(order)
        texts = pace.offsets(profile.rate, profile.seconds, profile.burst)
        replies = pace.offsets(profile.replies, profile.seconds)
        text, reply = next(texts, None), next(replies, None)
        while text is not None or reply is not None:
            now = time.perf_counter() - crowd.begin
            while text is not None and text <= now:
                crowd.write(next(senders), crowd.begin + text)
                text = next(texts, None)
            while reply is not None and reply <= now:
                repliers.write(crowd.begin + reply)
                reply = next(replies, None)
            if left := [due for due in (text, reply) if due is not None]:
                await asyncio.sleep(max(GRAIN, min(left) - (time.perf_counter() - crowd.begin)))

    async def _await_quiet(self, crowd: Crowd) -> None:
        deadline = time.perf_counter() + QUIET_TIMEOUT
        while not crowd.quiet and time.perf_counter() < deadline:  # noqa: ASYNC110  an event per message would be measured too
            await asyncio.sleep(0.1)
        if self._questions is not None:
            await self._questions.settle()

    async def _restart(self, crowd: Crowd, at: float) -> None:
        await asyncio.sleep(at)
        if not (killed := self._watched.kill("servers")):
            raise Unfit("the server runs elsewhere: this profile must kill it")
        self.faults[f"{killed} servers killed"] = time.perf_counter() - crowd.begin

    async def _watch(self, crowd: Crowd) -> None:
        """Takes a sample and prints a line every second."""
        descriptors: dict[str, int] = {}
        for second in itertools.count(1):
            names = self._watched.pids
            if second % COUNT_FILES == 1:
                descriptors = {name: self._watched.descriptors(name) for name in names}
            self.samples.append(
                Sample(
                    time.perf_counter() - crowd.begin,
                    self._watched.cpu_seconds(),
                    {name: self._watched.resident_kib(name) for name in names},
                    descriptors,
                    {name: self._watched.children(name) for name in names},
                    crowd.online,
                    self._questions.running if self._questions is not None else 0,
                )
            )
            books = (crowd.ledger.texts, crowd.ledger.replies)
            sent, done = sum(map(len, books)), sum(book.acknowledged for book in books)
            self._say(
                f"{self._phase} {second:4d} s   sent {sent:9,}   stored {done:9,}   online {crowd.online:,}"
            )
            await asyncio.sleep(max(0.0, crowd.begin + second * SAMPLE - time.perf_counter()))

    @staticmethod
    def _count(crowd: Crowd, measured: Measured) -> None:
        ledger = crowd.ledger
        receptions = [visitor.reception for visitor in crowd.visitors]
        receptions += [agent.reception for agent in crowd.agents]
        measured.sent, measured.replied = len(ledger.texts), len(ledger.replies)
        measured.refused, measured.resent, measured.fetched = ledger.refused, ledger.resent, ledger.fetched
        measured.repeats = sum(reception.repeats for reception in receptions)

    async def _judge(self, crowd: Crowd, *, since: float) -> Verdict:
        """The verdict on all receptions, and on the rows when the database is reachable."""
        ledger, verdict = crowd.ledger, crowd.ledger.seen
        verdict.lost += ledger.waiting
        for agent in crowd.agents:
            verdict.lost_at_agent += ledger.missing(agent.reception, project=agent.project)
            verdict.reordered += agent.reception.reordered
        for visitor in crowd.visitors:
            verdict.reordered += visitor.reception.reordered
            if visitor.conversation is not None:
                upto = visitor.reception.upto.get(visitor.conversation, 0)
                verdict.lost_at_visitor += max(0, ledger.heads.get(visitor.conversation, 0) - upto)
        if self._target.dsn:
            await rows.check(self._target, ledger, verdict, since=since)
        return verdict


class Usage:
    """CPU time since its creation."""

    def __init__(self, watched: Processes) -> None:
        self._watched = watched
        self._began = time.perf_counter()
        self._used = watched.cpu_seconds()
        self._own, self._machine = processes.own_seconds(), processes.machine_seconds()

    def until_now(self, measured: Measured) -> dict[str, float]:
        """Seconds by process; stores the shares of this process and of all others in `measured`."""
        took = time.perf_counter() - self._began
        own, machine = processes.own_seconds() - self._own, processes.machine_seconds() - self._machine
        now = self._watched.cpu_seconds()
        spent = {name: seconds - self._used.get(name, 0.0) for name, seconds in now.items()}
        measured.driver_share = own / took
        measured.others_share = max(0.0, machine - own - sum(spent.values())) / took
        return spent
