"""Uploads and streamed answers over real sockets: limits, deadlines, cut and slow peers, many at once."""

import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import trio

from core.telemetry.metrics import Metric, counters
from server.api import app
from server.api.http.calls import Access, Call, UserCall
from server.api.http.fields import Accepted
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.http.streams import Stream
from server.api.http.uploads import Upload, UploadRule
from server.api.services.rate_limiter import Limit
from server.door.door import Door
from tests.integration.api.api_fixture import ApiFixture
from tests.patience import PATIENCE

LARGEST = 1024 * 1024
SLOWEST = 1.0  # seconds
RULE = UploadRule(media_types=("image/png", "text/csv"), max_bytes=LARGEST, seconds=SLOWEST)
OFTEN = Limit(1_000_000)

routes = Routes("uploads", "Routes of these tests.")
sizes: list[int] = []
begun: list[str] = []


@routes.add("POST", "upload", access=Access.PUBLIC, limit=OFTEN, status=202, upload=RULE)
async def upload(call: Call, body: Upload) -> Accepted:
    """Count the bytes of an upload."""
    begun.append(call.address)
    size = 0
    async for part in body:
        assert len(part) <= 64 * 1024
        size += len(part)
    sizes.append(size)
    return Accepted()


@routes.add("POST", "members-upload", access=Access.SIGNED_IN, limit=OFTEN, status=202, upload=RULE)
async def upload_as_member(call: UserCall, body: Upload) -> Accepted:
    """Take an upload of a signed-in user."""
    sizes.append(len(await body.whole()))
    return Accepted()


@routes.add(
    "POST",
    "patient-upload",
    access=Access.PUBLIC,
    limit=OFTEN,
    status=202,
    upload=UploadRule(media_types=RULE.media_types, max_bytes=LARGEST, seconds=PATIENCE),
)
async def patient_upload(call: Call, body: Upload) -> Accepted:
    """Take an upload however slow it is."""
    await body.whole()
    return Accepted()


@routes.add("GET", "stream.csv", access=Access.PUBLIC, limit=OFTEN)
async def stream(call: Call) -> Stream:
    """Stream three lines."""

    async def lines() -> AsyncGenerator[bytes, None]:
        for number in range(3):
            yield b"%d\r\n" % number

    return Stream(chunks=lines(), media_type="text/csv", filename="lines.csv")


@routes.add("GET", "broken.csv", access=Access.PUBLIC, limit=OFTEN)
async def broken_stream(call: Call) -> Stream:
    """Fail in the middle of a stream."""

    async def lines() -> AsyncGenerator[bytes, None]:
        yield b"half"
        raise ApiError("unavailable")

    return Stream(chunks=lines(), media_type="text/csv", filename="lines.csv")


class Served:
    """The app with these routes behind the real door."""

    def __init__(self, port: int, made: Any) -> None:
        self.port = port
        self.app = made

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[trio.SocketStream]:
        async with await trio.open_tcp_stream("127.0.0.1", self.port) as stream:
            yield stream

    async def ask(self, head: str, body: bytes = b"") -> tuple[int, Any, bytes]:
        """Status, decoded problem if it is one, and all bytes of the answer."""
        async with self.connection() as stream:
            await stream.send_all(written(head))
            if body:
                with contextlib.suppress(trio.BrokenResourceError):  # refused before all of it was read
                    await stream.send_all(body)
            return parsed(await everything(stream))


def written(head: str) -> bytes:
    lines = [*head.splitlines(), "Host: chat.example", "Connection: close", "", ""]
    return "\r\n".join(lines).encode()


async def everything(stream: trio.SocketStream) -> bytes:
    answer = b""
    with trio.fail_after(PATIENCE):
        while data := await stream.receive_some(65536):
            answer += data
    return answer


def parsed(answer: bytes) -> tuple[int, Any, bytes]:
    head, _, rest = answer.partition(b"\r\n\r\n")
    problem = json.loads(rest) if b"application/problem+json" in head else None
    return int(head.split(b" ")[1]), problem, answer


def post(length: int | None = None, *, path: str = "upload", kind: str = "image/png") -> str:
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return f"POST /api/v1/{path} HTTP/1.1\nContent-Type: {kind}\n{framing}"


def chunked(*parts: bytes, end: bool = True) -> bytes:
    framed = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return framed + (b"0\r\n\r\n" if end else b"")


@pytest.fixture
async def served(api: ApiFixture) -> AsyncIterator[Served]:
    sizes.clear()
    begun.clear()
    made = app.create(api.context, resources=(*app.RESOURCES, routes))

    async def websocket(*_: Any, **__: Any) -> None:
        raise AssertionError

    async with trio.open_nursery() as nursery:
        entrance = Door(websocket, made, trusted_proxies="")
        listener = trio.socket.socket()
        await listener.bind(("127.0.0.1", 0))
        listener.listen()
        nursery.start_soon(trio.serve_listeners, entrance.handle, [trio.SocketListener(listener)])
        yield Served(listener.getsockname()[1], made)
        nursery.cancel_scope.cancel()


async def test_an_upload_of_the_largest_size_arrives_whole_in_both_framings(served: Served) -> None:
    whole = bytes(LARGEST)
    assert (await served.ask(post(LARGEST), whole))[0] == 202
    parts = [whole[:100_000]] * (LARGEST // 100_000)
    assert (await served.ask(post(), chunked(*parts)))[0] == 202
    assert sizes == [LARGEST, 100_000 * (LARGEST // 100_000)]


async def test_a_body_whose_length_is_too_large_is_refused_before_it_is_sent(served: Served) -> None:
    status, problem, _ = await served.ask(post(LARGEST + 1))
    assert (status, problem["code"]) == (413, "too_large")
    assert "1,048,576 bytes" in problem["detail"]
    assert begun == []


async def test_a_chunked_body_is_cut_at_the_limit_while_it_is_read(served: Served) -> None:
    status, problem, _ = await served.ask(post(), chunked(*[bytes(65536)] * 17, end=False))
    assert (status, problem["code"]) == (413, "too_large")
    assert sizes == []


@pytest.mark.parametrize("length", [1000, None])
async def test_a_slow_body_ends_at_its_deadline(served: Served, length: int | None) -> None:
    began = trio.current_time()
    status, problem, _ = await served.ask(post(length), b"" if length else chunked(b"x", end=False))
    assert (status, problem["code"]) == (408, "too_slow")
    assert trio.current_time() - began >= SLOWEST
    assert sizes == []


async def test_a_body_that_is_cut_off_is_no_upload(served: Served) -> None:
    failed = counters[Metric.REQUESTS_FAILED]
    async with served.connection() as stream:
        await stream.send_all(written(post(1000)) + b"half")
        with trio.fail_after(PATIENCE):
            while not begun:  # noqa: ASYNC110  the handler decides
                await trio.sleep(0.01)
    async with served.connection() as stream:
        await stream.send_all(written(post()) + b"zz\r\n")
        assert parsed(await everything(stream))[1]["code"] == "bad_request"
    assert sizes == []
    assert counters[Metric.REQUESTS_FAILED] == failed


async def test_a_refused_caller_is_not_asked_for_the_body(served: Served) -> None:
    head = post(LARGEST, path="members-upload") + "\nExpect: 100-continue"
    status, problem, answer = await served.ask(head)
    assert (status, problem["code"]) == (401, "unauthenticated")
    assert b"100" not in answer.partition(b"\r\n")[0]


async def test_an_admitted_caller_is_asked_for_the_body(served: Served) -> None:
    async with served.connection() as stream:
        await stream.send_all(written(post(5) + "\nExpect: 100-continue"))
        with trio.fail_after(PATIENCE):
            assert (await stream.receive_some(1000)).startswith(b"HTTP/1.1 100 ")
        await stream.send_all(b"12345")
        assert parsed(await everything(stream))[0] == 202
    assert sizes == [5]


async def test_other_types_and_encodings_are_refused(served: Served) -> None:
    status, problem, _ = await served.ask(post(5, kind="text/html"), b"12345")
    assert (status, problem["detail"]) == (415, "Send image/png or text/csv.")
    status, problem, _ = await served.ask(post(5) + "\nContent-Encoding: gzip", b"12345")
    assert (status, problem["code"]) == (415, "media_type")


async def test_many_at_once_are_bounded_and_the_room_comes_back(served: Served) -> None:
    """32 MB of one network: 32 of these fit, the others are asked to come again."""
    async with AsyncExitStack() as held:
        for _ in range(32):
            stream = await held.enter_async_context(served.connection())
            await stream.send_all(written(post(LARGEST, path="patient-upload") + "\nExpect: 100-continue"))
            with trio.fail_after(PATIENCE):
                assert (await stream.receive_some(1000)).startswith(b"HTTP/1.1 100 "), "it has room"
        assert (await served.ask(post(LARGEST)))[0] == 503
    with trio.fail_after(PATIENCE):  # until the server has noticed that they are gone
        while (await served.ask(post(LARGEST), bytes(LARGEST)))[0] == 503:
            pass
    assert (await served.ask(post(LARGEST), bytes(LARGEST)))[0] == 202


async def test_a_json_body_keeps_its_limits(served: Served) -> None:
    head = "POST /api/v1/auth/login HTTP/1.1\nContent-Type: application/json\n"
    status, problem, _ = await served.ask(head + "Content-Length: 70000", bytes(70_000))
    assert (status, problem["detail"]) == (413, "The limit for a body is 64 KiB.")
    status, problem, _ = await served.ask(head + "Transfer-Encoding: chunked", chunked(bytes(70_000)))
    assert status == 413


async def test_a_stream_is_sent_in_parts_and_ends(served: Served) -> None:
    status, _, answer = await served.ask("GET /api/v1/stream.csv HTTP/1.1")
    assert status == 200
    assert answer.endswith(b"0\r\n\r\n")
    assert b'filename="lines.csv"' in answer


async def test_a_stream_that_fails_in_the_middle_shows_that_it_is_incomplete(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    status, _, answer = await served.ask("GET /api/v1/broken.csv HTTP/1.1")
    assert status == 200
    assert answer.endswith(b"half\r\n")
    assert not answer.endswith(b"0\r\n\r\n")
    assert "stream.cut" in caplog.messages
