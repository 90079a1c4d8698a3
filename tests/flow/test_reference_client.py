"""The reference client of docs/examples, which knows nothing of ours, with real servers and workers."""

import ast
import gc
import importlib.util
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from types import ModuleType
from typing import Any
from uuid import UUID

import msgpack
import pytest
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, WebSocketRequest, serve_websocket

from tests.patience import PATIENCE
from tests.people import PASSWORD, add_agent, add_project
from tests.running import Running
from tests.stack import ROOT, Stack

SOURCE = ROOT / "docs" / "examples" / "parley_client.py"
MAX_LINES = 250
ALLOWED = {"httpx", "msgpack", "trio", "trio_websocket"}
OPEN = {"handshakes_per_minute": 10_000, "messages_per_minute": 10_000}
HELLO, WELCOME, ERROR, PING, PONG, STORED, MESSAGE = 1, 2, 4, 5, 6, 12, 13
UNAUTHENTICATED, RATE_LIMITED, BUSY = 101, 107, 113
PROJECT, CONVERSATION, AGENT = UUID(int=1), b"c" * 16, ["agent", b"a" * 16, "Mai", "later"]
WELCOMED = {"recovered": True, "key": "of this visitor"}
Frame = list[Any]


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("parley_client", SOURCE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


client = load()


class Chat:
    """What a client has received, and a wait for more of it."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self._news = trio.Event()

    def take(self, message: Any) -> None:
        self.messages.append(message)
        self._news.set()
        self._news = trio.Event()

    @property
    def bodies(self) -> list[str]:
        return [message.body for message in self.messages]

    async def until(self, count: int) -> None:
        with trio.fail_after(PATIENCE):
            while len(self.messages) < count:
                await self._news.wait()

    def assert_each_once_in_order(self, bodies: list[str]) -> None:
        assert self.bodies == bodies
        assert [message.seq for message in self.messages] == list(range(1, len(bodies) + 1))


class Line:
    """One connection of a server that a test plays."""

    def __init__(self, socket: WebSocketConnection) -> None:
        self.socket = socket

    async def read(self) -> Frame:
        frame: Frame = msgpack.unpackb(await self.socket.get_message())
        return frame

    async def write(self, *frame: object) -> None:
        await self.socket.send_message(msgpack.packb(frame))


@asynccontextmanager
async def served(serve: Callable[[Line], Awaitable[None]]) -> AsyncIterator[str]:
    """The address of a server that does what `serve` says on each connection."""

    async def handle(request: WebSocketRequest) -> None:
        with suppress(ConnectionClosed):
            await serve(Line(await request.accept(subprotocol="parley.1.msgpack")))

    async with trio.open_nursery() as nursery:
        server = await nursery.start(serve_websocket, handle, "127.0.0.1", 0, None)
        yield f"http://127.0.0.1:{server.port}"
        nursery.cancel_scope.cancel()


class Watched(client.Visitor):  # type: ignore[name-defined, misc]
    """A visitor whose connections and errors are counted, and who can be kept away."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.connects = 0
        self.errors: list[int] = []
        self.may_connect = trio.Event()
        self.may_connect.set()

    async def _connect(self) -> None:
        await self.may_connect.wait()
        self.connects += 1
        await super()._connect()

    async def _receive(self, frame: Frame) -> None:
        if frame[0] == ERROR:
            self.errors.append(frame[2])
        await super()._receive(frame)


# trio-websocket leaves the socket of a connection that broke to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No proxy of the environment, and no socket that a later test of other rules would find unclosed."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield
    gc.collect()


@asynccontextmanager
async def a_visitor(url: str, project: bytes, **given: Any) -> AsyncIterator[tuple[Watched, Chat]]:
    chat = Chat()
    visitor = Watched(url, UUID(bytes=project), chat.take, **given)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(visitor.run)
        yield visitor, chat
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def an_agent(url: str, project: bytes, email: str) -> AsyncIterator[tuple[Any, Chat]]:
    chat = Chat()
    agent = client.Agent(url, UUID(bytes=project), chat.take, email, PASSWORD)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(agent.run)
        yield agent, chat
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def a_talk(stack: Stack, server: Running) -> AsyncIterator[tuple[Watched, Chat, Any, Chat]]:
    """A visitor who has written "first", and an agent who has received it."""
    project = add_project(stack)
    email = add_agent(stack, project)
    async with (
        an_agent(server.url, project, email) as (agent, inbox),
        a_visitor(server.url, project) as (visitor, window),
    ):
        await visitor.send("first")
        await inbox.until(1)
        yield visitor, window, agent, inbox


def test_it_fits_in_250_lines_and_imports_nothing_of_ours() -> None:
    source = SOURCE.read_text()
    assert len(source.splitlines()) <= MAX_LINES
    imported: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module))
    assert {name.partition(".")[0] for name in imported} - sys.stdlib_module_names == ALLOWED


async def test_a_visitor_and_an_agent_talk_both_ways(fresh_stack: Stack) -> None:
    server = fresh_stack.spawn("server", **OPEN)
    fresh_stack.spawn("worker")
    async with a_talk(fresh_stack, server) as (visitor, window, agent, inbox):
        conversation = inbox.messages[0].conversation
        await agent.reply(conversation, "good morning")
        await window.until(2)
        await visitor.send("one more question")
        await inbox.until(3)
    for chat in (window, inbox):
        chat.assert_each_once_in_order(["first", "good morning", "one more question"])
        assert [message.party for message in chat.messages] == ["visitor", "agent", "visitor"]
    assert inbox.messages[1].name == "Mai"


@pytest.mark.soak
async def test_a_killed_server_that_starts_again_costs_no_text_and_doubles_none(fresh_stack: Stack) -> None:
    server = fresh_stack.spawn("server", **OPEN)
    fresh_stack.spawn("worker")
    texts = ["first", *(f"text {number}" for number in range(60))]
    async with a_talk(fresh_stack, server) as (visitor, window, _, inbox):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send_all, visitor, texts[1:])
            await window.until(20)
            server.kill()
            server.restart()
        await inbox.until(len(texts))
        assert visitor.connects > 1, "the visitor lost no connection: this proves nothing"
    for chat in (window, inbox):
        chat.assert_each_once_in_order(texts)
    assert stored(fresh_stack) == texts


@pytest.mark.soak
async def test_a_server_that_stops_sends_its_clients_to_another_on_the_same_port(fresh_stack: Stack) -> None:
    leaving = fresh_stack.spawn("server", drain_seconds=1, **OPEN)
    fresh_stack.spawn("worker")
    texts = ["first", *(f"text {number}" for number in range(60))]
    async with a_talk(fresh_stack, leaving) as (visitor, window, agent, inbox):
        staying = fresh_stack.spawn("server", port=leaving.port, drain_seconds=1, wait=False, **OPEN)
        await trio.to_thread.run_sync(staying.wait_for_line, "server.ready")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(send_all, visitor, texts[1:])
            await window.until(20)
            leaving.signal(signal.SIGTERM)
        assert await trio.to_thread.run_sync(leaving.wait_for_end) == 0
        await inbox.until(len(texts))
        await agent.reply(inbox.messages[0].conversation, "still here")
        await window.until(len(texts) + 1)
        await inbox.until(len(texts) + 1)
        assert visitor.connects == 2
    for chat in (window, inbox):
        chat.assert_each_once_in_order([*texts, "still here"])


@pytest.mark.slow
@pytest.mark.soak
async def test_a_rate_limit_delays_texts_and_loses_none(fresh_stack: Stack) -> None:
    server = fresh_stack.spawn("server", handshakes_per_minute=10_000, messages_per_minute=3)
    fresh_stack.spawn("worker")
    texts = ["first", "second", "third", "fourth"]
    async with a_talk(fresh_stack, server) as (visitor, window, _, inbox):
        await send_all(visitor, texts[1:])
        await inbox.until(len(texts))
        assert set(visitor.errors) == {RATE_LIMITED}, "nothing was limited: this proves nothing"
        assert visitor.connects == 1
    for chat in (window, inbox):
        chat.assert_each_once_in_order(texts)


@pytest.mark.soak
async def test_a_gap_that_the_server_does_not_keep_is_fetched_over_http(fresh_stack: Stack) -> None:
    server = fresh_stack.spawn("server", **OPEN)
    fresh_stack.spawn("worker")
    async with a_talk(fresh_stack, server) as (visitor, window, agent, inbox):
        visitor.may_connect = trio.Event()
        visitor._connection.cancel()
        answers = [f"answer {number}" for number in range(130)]  # two events more than two full logs
        for answer in answers:
            await agent.reply(inbox.messages[0].conversation, answer)
        assert window.bodies == ["first"]
        visitor.may_connect.set()
        await window.until(1 + len(answers))
        await inbox.until(1 + len(answers))
    for chat in (window, inbox):
        chat.assert_each_once_in_order(["first", *answers])


@pytest.mark.soak
async def test_a_visitor_who_comes_again_with_the_key_is_given_the_history(fresh_stack: Stack) -> None:
    server = fresh_stack.spawn("server", **OPEN)
    fresh_stack.spawn("worker")
    project = add_project(fresh_stack)
    async with a_visitor(server.url, project) as (visitor, _):
        await send_all(visitor, ["first", "second"])
        key = visitor.key
    async with a_visitor(server.url, project, key=key) as (visitor, window):
        await window.until(2)
        await visitor.send("third")
    window.assert_each_once_in_order(["first", "second", "third"])


@pytest.mark.soak
async def test_the_program_sends_lines_of_stdin_and_prints_the_chat(fresh_stack: Stack) -> None:
    server = fresh_stack.spawn("server", **OPEN)
    fresh_stack.spawn("worker")
    program = [sys.executable, str(SOURCE), "visitor", server.url, str(UUID(bytes=add_project(fresh_stack)))]
    with trio.fail_after(PATIENCE):
        done = await trio.run_process(program, stdin=b"hello\n\nanybody there?\n", capture_stdout=True)
    assert done.stdout.decode().splitlines() == ["you: hello", "you: anybody there?"]
    assert stored(fresh_stack) == ["hello", "anybody there?"]


async def test_what_it_does_not_know_is_ignored_and_a_busy_server_gets_the_same_text_again() -> None:
    refs: list[bytes] = []
    pongs: list[int] = []

    async def serve(line: Line) -> None:
        hello = await line.read()
        assert hello[0] == HELLO and hello[2]["project"] == PROJECT.bytes
        await line.write(WELCOME, 1, WELCOMED | {"later": [1]}, "later")
        await line.write(99, {"of": "a later version"})
        await line.write(MESSAGE, CONVERSATION, 1, b"m" * 16, None, AGENT, 5, "later", "hello", {}, "later")
        await line.write(MESSAGE, CONVERSATION, 1, b"m" * 16, None, AGENT, 5, "later", "hello")
        await line.write(PING, 7)
        while True:
            frame = await line.read()
            if frame[0] == PONG:
                pongs.append(frame[1])
                continue
            refs.append(frame[2])
            if len(refs) == 1:
                await line.write(ERROR, frame[1], BUSY, "try later", True, 100, frame[2], "later")
            else:
                await line.write(STORED, frame[2], CONVERSATION, b"n" * 16, 2, 6, "later")

    async with served(serve) as url, a_visitor(url, PROJECT.bytes) as (visitor, window):
        await visitor.send("text")
        window.assert_each_once_in_order(["hello", "text"])
        assert visitor.connects == 1
    assert pongs == [7]
    assert len(refs) == 2 and refs[0] == refs[1]


async def test_a_bad_key_is_forgotten_once_and_a_fatal_close_ends_it() -> None:
    keys: list[str | None] = []

    async def serve(line: Line) -> None:
        keys.append((await line.read())[2].get("key"))
        await line.write(ERROR, 1, UNAUTHENTICATED, "no valid key", False)
        await line.socket.aclose(4500, "no valid key")

    async with served(serve) as url:
        visitor = Watched(url, PROJECT, Chat().take, key="of another project")
        with pytest.raises(client.Refused, match="4500"), trio.fail_after(PATIENCE):
            await visitor.run()
    assert keys == ["of another project", None]


async def send_all(visitor: Watched, texts: list[str]) -> None:
    for body in texts:
        await visitor.send(body)


def stored(stack: Stack) -> list[str]:
    return [row["body"] for row in stack.sql("SELECT body FROM messages ORDER BY seq")]
