"""The targets of faults: two servers behind their networks, two workers, the databases."""

import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec
import trio

from server.launch.program import Program
from tests.faults.chaos.proxies import ProxyThread
from tests.faults.chaos.redis import redis_of
from tests.faults.chaos.schedule import PROCESSES
from tests.faults.chaos.waiting import until
from tests.faults.idle_client import IdleClient
from tests.faults.losses import Losses
from tests.faults.proxy import Proxy
from tests.running import Running
from tests.stack import Stack

END_WITHIN = 30.0  # seconds from SIGTERM to the exit
START_WITHIN = 60.0  # seconds; the machine may be busy
PLACES = (
    *(f"{what}-{n}" for what in ("server", "worker", "network", "pubsub") for n in range(PROCESSES)),
    "valkey",
    "postgres",
)


class Seat:
    """The place of one process: when it dies, another one replaces it."""

    def __init__(self, name: str, running: Running) -> None:
        self.name = name
        self.running = running

    async def kill(self) -> None:
        """kill -9, and start a replacement."""
        self.running.kill()
        await self.fill()

    async def terminate(self) -> int:
        """SIGTERM, then start a replacement; returns the exit code."""
        self.running.signal(signal.SIGTERM)
        code: int = await trio.to_thread.run_sync(lambda: self.running.wait_for_end(within=END_WITHIN))
        await self.fill()
        return code

    async def set(self, name: str, value: object) -> int:
        """Replace it, as for an upgrade, by one with another setting; returns the exit code."""
        plain = self.running.program
        self.running.program = msgspec.structs.replace(plain, env={**(plain.env or {}), name: str(value)})
        return await self.terminate()

    def arm(self, failpoint: str) -> None:
        """Replace it by a process that dies at `failpoint`; call `die` next."""
        plain = self.running.program
        armed = {**(plain.env or {}), "PARLEY_FAILPOINT": failpoint}
        self._put(msgspec.structs.replace(plain, env=armed))

    def sabotage(self, how: str) -> None:
        """Replace it by a sabotaged process; `kill` replaces that by a normal one."""
        plain = self.running.program
        python, flag, *module = plain.argv
        self._put(msgspec.structs.replace(plain, argv=[python, flag, "tests.faults.sabotage", how, *module]))

    def _put(self, other: Program) -> None:
        plain = self.running.program
        self.running.kill()
        self.running.program = other
        self.running.restart()
        self.running.program = plain  # the program that `fill` starts

    async def die(self, *, within: float) -> bool:
        """Wait for the armed process and start a normal one; returns whether it reached its failpoint."""
        await until(lambda: self.running.code is not None, within=within)
        got_there = self.running.code == -signal.SIGKILL
        if self.running.code is None:
            self.running.kill()
        await self.fill()
        return got_there

    async def fill(self) -> None:
        """Start it again, and wait for a server to listen."""
        self.running.restart()  # in the main thread, because a child dies with the thread that started it
        await self.wait()

    async def wait(self) -> None:
        """Wait until a server listens."""
        if self.running.port is not None:
            ready = await until(
                lambda: f'"pid":{self.running.pid},' in self.running.text, within=START_WITHIN
            )
            assert ready, f"{self.name} does not start: {self.running.text[-2000:]}"

    def check(self) -> None:
        """Fail if the process ended by itself."""
        assert self.running.code is None, (
            f"{self.name} ended with {self.running.code}: {self.running.text[-2000:]}"
        )


class Targets:
    """Everything that a fault may hit."""

    def __init__(self, stack: Stack, *, slots: int = 1) -> None:
        """Start the processes; the networks are opened by `serve`. `slots`: of a cluster, for commands."""
        self.stack = stack
        spread = {"stream_slots": slots}
        self.redis = redis_of(stack)
        self.losses = [Losses(seed=n) for n in range(PROCESSES)]
        # The nodes of a cluster say where they are: a proxy before one would be passed by.
        self.redis_proxies = [] if stack.cluster else [_proxy(stack.redis_url) for _ in range(PROCESSES)]
        self.database_proxies = [_proxy(stack.database_url) for _ in range(PROCESSES)]
        for proxy, losses in zip(self.redis_proxies, self.losses, strict=False):
            proxy.sieve = losses.line
        self.proxy_thread = ProxyThread([*self.redis_proxies, *self.database_proxies])
        urls = [proxy.url(stack.redis_url) for proxy in self.redis_proxies] or [stack.redis_url] * PROCESSES
        self.servers = [Seat(f"server-{n}", _server(stack, url, spread)) for n, url in enumerate(urls)]
        self.workers = [
            Seat(f"worker-{n}", stack.spawn("worker", database_url=proxy.url(stack.database_url), **spread))
            for n, proxy in enumerate(self.database_proxies)
        ]
        self.networks = [Proxy(seat.running.port or 0) for seat in self.servers]
        self._turns = {place: trio.Lock() for place in PLACES}

    async def serve(self, nursery: trio.Nursery) -> None:
        """Open the networks and wait for the servers behind them."""
        for network in self.networks:
            await nursery.start(network.serve)
        for seat in self.servers:
            await seat.wait()

    def close(self) -> None:
        """Close the proxies; the stack ends the processes."""
        self.proxy_thread.close()

    @asynccontextmanager
    async def alone_at(self, *places: str) -> AsyncIterator[None]:
        """Hold the locks of these targets, so that no other fault hits them meanwhile."""
        async with AsyncExitStack() as turns:
            for place in sorted(places, key=PLACES.index):  # one order, so that there is no deadlock
                await turns.enter_async_context(self._turns[place])
            for seat in (*self.servers, *self.workers):
                if seat.name in places:
                    seat.check()
            yield

    async def sql(self, query: str, *args: object) -> list[Any]:
        """Rows of one statement, without blocking the load."""
        return await trio.to_thread.run_sync(self.stack.sql, query, *args)

    async def restart_postgres(self, *, after: float = 0.0) -> None:
        """`pg_ctl restart -m immediate`; `after`: seconds that it stays down."""
        postgres, running = self.stack.servers._own(self.stack.servers._postgres)
        running.signal(signal.SIGQUIT)
        await trio.to_thread.run_sync(lambda: running.wait_for_end(within=END_WITHIN))
        await trio.sleep(after)
        running.restart()
        await _ready(postgres, running)

    @asynccontextmanager
    async def holding_connections(self, most: int) -> AsyncIterator[int]:
        """Take every connection of Postgres, also those of our processes; yields how many."""
        idle_client = IdleClient(self.stack.database_url)
        try:
            yield await trio.to_thread.run_sync(idle_client.hold, most)
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(idle_client.release)


def _server(stack: Stack, redis_url: str, spread: dict[str, int]) -> Running:
    limits = {
        "handshakes_per_minute": 1_000_000,
        "messages_per_minute": 1_000_000,
    }  # all clients share one IP address
    return stack.spawn("server", wait=False, drain_seconds=2, redis_url=redis_url, **limits, **spread)


def _proxy(url: str) -> Proxy:
    proxy = Proxy(urlsplit(url).port or 0)
    proxy.listen()  # now, because the processes are started with this address
    return proxy


async def _ready(program: Any, running: Running) -> None:
    await trio.to_thread.run_sync(
        lambda: running.wait_until(lambda: program.ready(running.pid), within=START_WITHIN, what="ready")
    )
