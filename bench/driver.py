"""The lean driver: N visitors and an agent on one uvloop, open loop, latency from the scheduled send time."""

import asyncio
import os
import random
import time
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.ledger import Ledger
from bench.processes import Processes
from protocol import from_client, from_server, limits
from protocol.codec import MSGPACK

PARALLEL_HANDSHAKES = 64
QUIET_TIMEOUT = 20 * limits.SECONDS


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What to do, to whom. `rate` in messages per second over all visitors."""

    target: str
    project: str
    email: str
    password: str
    visitors: int
    rate: float
    seconds: float
    idle: float


class Measured(msgspec.Struct, kw_only=True):
    """Times in seconds."""

    span: float = 0.0
    handshakes_per_second: float = 0.0
    kib_per_connection: float = 0.0
    stored: list[float] = []
    at_agent: list[float] = []
    cpu_seconds: dict[str, float] = {}
    idle_share: dict[str, float] = {}


class Client(WSListener):
    """One socket: greets, answers pings, hands every other frame to `take`."""

    __slots__ = ("hello", "take", "transport", "welcomed")

    def __init__(self, hello: from_client.Hello, take: Callable[[from_server.ServerFrame], None]) -> None:
        self.hello, self.take = hello, take
        self.welcomed: asyncio.Future[None] | None = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.send(self.hello)

    def send(self, frame: from_client.ClientFrame) -> None:
        self.transport.send(WSMsgType.BINARY, MSGPACK.encode(frame))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            if self.welcomed is not None and not self.welcomed.done():
                self.welcomed.set_exception(ConnectionError(f"closed with {frame.get_close_code()}"))
            transport.disconnect()
            return
        if frame.msg_type is not WSMsgType.BINARY:
            return
        received = MSGPACK.decode_server(frame.get_payload_as_bytes())
        if isinstance(received, from_server.Ping):
            self.send(from_client.Pong(received.token))
        elif isinstance(received, from_server.Welcome):
            if self.welcomed is not None and not self.welcomed.done():
                self.welcomed.set_result(None)
        else:
            self.take(received)


async def connect(
    load: Load,
    greeting: from_client.Greeting,
    take: Callable[[from_server.ServerFrame], None],
    *,
    origin: str,
) -> Client:
    """A greeted client; raises ConnectionError when it is refused."""
    address = f"ws://{urlsplit(load.target).netloc}/ws?project={load.project}"
    _, listener = await ws_connect(
        lambda: Client(from_client.Hello(1, greeting), take),
        address,
        extra_headers={"Origin": origin, "Sec-WebSocket-Protocol": limits.SUBPROTOCOL_MSGPACK},
    )
    client = cast("Client", listener)
    assert client.welcomed is not None
    await asyncio.wait_for(client.welcomed, 30 * limits.SECONDS)
    client.welcomed = None  # 10,000 of them
    return client


async def ticket(load: Load) -> str:
    """A socket ticket for the agent, by signing in over REST."""
    async with httpx.AsyncClient(base_url=load.target, timeout=10, trust_env=False) as http:
        signed_in = await http.post(
            "/api/v1/auth/login", json={"email": load.email, "password": load.password}
        )
        signed_in.raise_for_status()
        bearer = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
        made = await http.post(f"/api/v1/projects/{load.project}/socket-tickets", headers=bearer)
        made.raise_for_status()
        text: str = made.json()["ticket"]
        return text


async def run(load: Load, ledger: Ledger, processes: Processes) -> Measured:
    """Connect everybody, stay idle, send at the rate, wait for quiet; raises what a refused client raised."""
    measured = Measured()
    ears = Ears(ledger, measured)
    project = UUID(load.project).bytes
    greeting = from_client.Greeting(project=project, tab=os.urandom(16), jwt=await ticket(load))
    agent = await connect(load, greeting, ears.at_agent, origin=load.target)
    agent.send(from_client.Watch(2, "inbox"))
    before = processes.resident_kib("servers")
    clients = await connect_visitors(load, project, ears, measured)
    await asyncio.sleep(2 * limits.SECONDS)  # what connecting left behind is not the load's
    measured.kib_per_connection = (processes.resident_kib("servers") - before) / max(1, load.visitors)
    if load.idle:
        used = processes.cpu_seconds()
        await asyncio.sleep(load.idle)
        measured.idle_share = {
            name: (seconds - used[name]) / load.idle for name, seconds in processes.cpu_seconds().items()
        }
    used = processes.cpu_seconds()
    measured.span = await send_open_loop(load, clients, ledger)
    await quiet(ledger)
    measured.cpu_seconds = {name: seconds - used[name] for name, seconds in processes.cpu_seconds().items()}
    return measured


class Ears:
    """Writes down what visitors and agents receive, and how long after its scheduled sending."""

    def __init__(self, ledger: Ledger, measured: Measured) -> None:
        self._ledger = ledger
        self._measured = measured

    def at_visitor(self, frame: from_server.ServerFrame) -> None:
        if isinstance(frame, from_server.Stored):
            if (due := self._ledger.store(frame.ref, frame.conversation, frame.seq)) is not None:
                self._measured.stored.append(time.perf_counter() - due)
        elif isinstance(frame, from_server.Error):
            self._ledger.refused += 1

    def at_agent(self, frame: from_server.ServerFrame) -> None:
        if (
            isinstance(frame, from_server.Message)
            and frame.ref is not None
            and frame.ref in self._ledger.sent
        ):
            due = self._ledger.reach_agent(frame.ref, frame.conversation, frame.seq)
            if due is not None:
                self._measured.at_agent.append(time.perf_counter() - due)


async def connect_visitors(load: Load, project: bytes, ears: Ears, measured: Measured) -> list[Client]:
    """All of them, PARALLEL_HANDSHAKES at a time."""
    gate = asyncio.Semaphore(PARALLEL_HANDSHAKES)

    async def visitor() -> Client:
        async with gate:
            greeting = from_client.Greeting(project=project, tab=os.urandom(16))
            return await connect(load, greeting, ears.at_visitor, origin=load.target)

    started = time.perf_counter()
    clients = await asyncio.gather(*(visitor() for _ in range(load.visitors)))
    measured.handshakes_per_second = load.visitors / (time.perf_counter() - started)
    return clients


async def send_open_loop(load: Load, clients: list[Client], ledger: Ledger) -> float:
    """Send when a message is due, whether or not the one before was answered; returns the seconds it took."""
    body = "x" * 100
    begin = due = time.perf_counter()
    end = begin + load.seconds
    while due < end:
        while due <= time.perf_counter() and due < end:
            ref = os.urandom(16)
            ledger.sent[ref] = due
            random.choice(clients).send(from_client.Send(1, ref, None, "text", body))
            due += 1 / load.rate
        await asyncio.sleep(0.0005)
    return time.perf_counter() - begin


async def quiet(ledger: Ledger) -> None:
    """Until everything sent has arrived, or QUIET_TIMEOUT has passed."""
    deadline = time.perf_counter() + QUIET_TIMEOUT
    while not ledger.complete and time.perf_counter() < deadline:  # noqa: ASYNC110  an event per message would be measured too
        await asyncio.sleep(0.05)
