"""The client of providers against a server on a real socket: what it sends, deadlines, faults, cancelling."""

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core.assistant import tools
from core.assistant.turn import Call
from core.config.ai_providers import Provider
from tests import canaries
from tests.integration.worker.assistant.model_server import (
    DONE,
    END,
    HEAD,
    Client,
    ModelServer,
    Serve,
    event,
    piece,
    serving,
    text,
)
from tests.patience import PATIENCE
from worker.providers import client as module
from worker.providers.answer_stream import Usage
from worker.providers.client import Deadlines, ProviderClient, Request
from worker.providers.errors import ProviderError

KEY = "sk-a-key-that-nobody-may-see-1"
canaries.plant(KEY)
HELLO = [{"role": "user", "content": "Grüße"}]
PLAIN = Request(messages=HELLO, max_tokens=100)
SHORT = Deadlines(first=0.2, between=0.2, usage=0.2)


def run(serve: Serve, work: Callable[[ModelServer, ProviderClient], Awaitable[None]], **options: Any) -> None:
    async def whole() -> None:
        async with (
            asyncio.timeout(PATIENCE),
            serving(serve) as server,
            ProviderClient(options.get("deadlines", Deadlines())) as client,
        ):
            await work(server, client)

    asyncio.run(whole())


def fails(serve: Serve, **options: Any) -> tuple[ProviderError, str]:
    """The error of one request, and the text that was shown before."""
    found: list[ProviderError] = []
    shown: list[str] = []

    async def work(server: ModelServer, client: ProviderClient) -> None:
        with pytest.raises(ProviderError) as raised:
            await client.ask(server.provider(key=KEY), PLAIN, keeping(shown))
        found.append(raised.value)

    run(serve, work, **options)
    assert KEY not in f"{found[0]!r}{found[0]}"
    assert found[0].__cause__ is None
    assert found[0].__suppress_context__ or found[0].__context__ is None
    return found[0], "".join(shown)


def keeping(shown: list[str]) -> Callable[[str], Awaitable[None]]:
    async def keep(text: str) -> None:
        shown.append(text)

    return keep


def responding(*raw: bytes) -> Serve:
    async def serve(client: Client) -> None:
        await client.send(*raw)

    return serve


def status(code: int, *headers: str) -> Serve:
    lines = "".join(f"{header}\r\n" for header in headers)
    return responding(f"HTTP/1.1 {code} X\r\nContent-Length: 2\r\n{lines}\r\nno".encode())


def test_text_is_given_on_as_it_arrives_and_the_answer_is_whole() -> None:
    shown: list[str] = []
    asked = asyncio.Event()

    async def serve(client: Client) -> None:
        await client.send(HEAD, piece(text("Guten ")))
        await asked.wait()
        usage = {"prompt_tokens": 7, "completion_tokens": 2}
        await client.send(piece(text("Tag", "stop")), piece(event(choices=[], usage=usage)), piece(DONE), END)

    async def work(server: ModelServer, client: ProviderClient) -> None:
        async def on_text(some: str) -> None:
            shown.append(some)
            asked.set()

        reply, usage = await client.ask(server.provider(), PLAIN, on_text)
        assert shown == ["Guten ", "Tag"]
        assert reply.text == "Guten Tag"
        assert usage == Usage(7, 2, estimated=False)

    run(serve, work)


def test_a_request_has_the_form_of_chat_completions() -> None:
    async def serve(client: Client) -> None:
        await client.answer(text("ok", "stop"), DONE)

    async def work(server: ModelServer, client: ProviderClient) -> None:
        await client.ask(server.provider(key=KEY), PLAIN, keeping([]))
        (sent,) = server.requests
        assert sent.head.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
        assert f"authorization: bearer {KEY}\r\n".encode() in sent.head.lower()
        assert sent.json == {
            "model": "small-1",
            "messages": HELLO,
            "max_tokens": 100,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        await client.ask(server.provider(), Request(messages=HELLO, max_tokens=1, temperature=0), keeping([]))
        assert b"authorization" not in server.requests[1].head.lower()
        assert server.requests[1].json["temperature"] == 0

    run(serve, work)


@pytest.mark.parametrize(
    ("names", "required", "choice"),
    [
        (["route"], True, {"type": "function", "function": {"name": "route"}}),
        (["assign", "handoff"], True, "required"),
        (["route"], False, "auto"),
    ],
)
def test_a_tool_that_must_be_called_is_forced(names: list[str], required: bool, choice: object) -> None:
    async def serve(client: Client) -> None:
        one = {"index": 0, "id": "c1", "function": {"name": "route", "arguments": '{"path":'}}
        more = {"index": 0, "function": {"arguments": '"yes"}'}}
        await client.answer(
            event(choices=[{"delta": {"tool_calls": [one]}}]),
            event(choices=[{"delta": {"tool_calls": [more]}, "finish_reason": "tool_calls"}]),
            DONE,
        )

    async def work(server: ModelServer, client: ProviderClient) -> None:
        offers = [tools.offer(name) for name in names]
        request = Request(messages=HELLO, offers=offers, required=required, max_tokens=9)
        reply, usage = await client.ask(server.provider(), request, keeping([]))
        assert reply.calls == (Call("c1", "route", '{"path":"yes"}'),)
        assert usage.estimated
        sent = server.requests[0].json
        assert sent["tool_choice"] == choice
        assert [each["function"]["name"] for each in sent["tools"]] == names
        assert sent["tools"][0]["function"]["parameters"] == offers[0].parameters

    run(serve, work)


@pytest.mark.parametrize(
    ("serve", "code", "retryable"),
    [
        (status(500), "provider_unavailable", True),
        (status(503), "provider_unavailable", True),
        (status(408), "provider_unavailable", True),
        (status(400), "provider_refused", False),
        (status(401), "provider_refused", False),
        (status(404), "provider_refused", False),
        (status(302, "Location: http://127.0.0.1:1/"), "provider_refused", False),
        (status(429), "provider_busy", True),
        (status(200, "Content-Type: text/html"), "provider_garbage", True),
        (responding(), "provider_unavailable", True),
        (responding(b"SSH-2.0-x\r\n"), "provider_unavailable", True),
        (responding(HEAD), "provider_garbage", True),
        (responding(HEAD, END), "provider_garbage", True),
        (responding(HEAD, piece(DONE[:6])), "provider_garbage", True),
        (responding(HEAD, piece(b"data: <html>\n\n"), END), "provider_garbage", True),
        (responding(HEAD, piece(event(error={"message": KEY})), END), "provider_garbage", True),
        (responding(HEAD, b"zz\r\nnot a chunk\r\n"), "provider_garbage", True),
    ],
)
def test_a_fault_has_a_code(serve: Serve, code: str, retryable: bool) -> None:
    error, shown = fails(serve)
    assert (error.code, error.retryable, shown) == (code, retryable, "")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0.5", 0.5), ("999999", 3600.0), ("-1", None), ("nan", None), ("soon", None)],
)
def test_a_busy_provider_says_when_to_come_back(header: str, seconds: float | None) -> None:
    error, _ = fails(status(429, f"Retry-After: {header}"))
    assert (error.code, error.retry_after) == ("provider_busy", seconds)


def test_a_provider_that_cannot_be_reached_is_unavailable() -> None:
    async def work(server: ModelServer, client: ProviderClient) -> None:
        with pytest.raises(ProviderError, match="provider_unavailable"):
            await client.ask(server.provider(base_url="http://127.0.0.1:1/v1"), PLAIN, keeping([]))
        with pytest.raises(ProviderError, match="provider_unavailable"):
            await client.ask(server.provider(base_url="http://no-such-host.invalid"), PLAIN, keeping([]))

    run(responding(), work)


def test_an_answer_that_breaks_off_has_shown_its_text() -> None:
    error, shown = fails(responding(HEAD, piece(text("Half of"))))
    assert (error.code, shown) == ("provider_garbage", "Half of")


async def _then_silent(client: Client, *raw: bytes) -> None:
    await client.send(*raw)
    await client.left()


@pytest.mark.parametrize(
    "raw", [[], [HEAD], [HEAD, piece(text("One"))], [HEAD, piece(b": still working\n\n")]]
)
def test_a_silent_provider_is_left(raw: list[bytes]) -> None:
    async def serve(client: Client) -> None:
        await _then_silent(client, *raw)

    error, shown = fails(serve, deadlines=SHORT)
    assert (error.code, error.retryable) == ("provider_silent", True)
    assert shown == ("One" if len(raw) == 2 and b"One" in raw[1] else "")


@pytest.mark.parametrize(
    "raw", [[HEAD, piece(text("All", "stop"))], [HEAD, piece(text("All", "stop")), b"x"]]
)
def test_a_whole_answer_needs_no_polite_end(raw: list[bytes]) -> None:
    async def serve(client: Client) -> None:
        await client.send(*raw)
        if len(raw) == 2:
            await client.left()

    async def work(server: ModelServer, client: ProviderClient) -> None:
        reply, usage = await client.ask(server.provider(), PLAIN, keeping([]))
        assert reply.text == "All"
        assert usage.estimated

    run(serve, work, deadlines=SHORT)


def test_empty_events_are_no_answer_and_no_fault() -> None:
    async def work(server: ModelServer, client: ProviderClient) -> None:
        reply, _ = await client.ask(server.provider(), PLAIN, keeping([]))
        assert reply.text == "ok"

    run(
        responding(HEAD, piece(b"event: ping\n\nid: 1\n\n"), piece(text("ok", "stop")), piece(DONE), END),
        work,
    )


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 100_000)

    async def serve(client: Client) -> None:
        await client.send(HEAD)
        while True:
            await client.send(piece(b"data: " + b"x" * 4096))

    assert fails(serve)[0].code == "provider_garbage"


def test_a_compressed_answer_is_not_unpacked() -> None:
    bomb = gzip.compress(b"data: " + b" " * 1_000_000)
    head = HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    assert fails(responding(head, piece(bomb), END))[0].code == "provider_garbage"


@pytest.mark.parametrize("words", [[], ["One"]])
def test_cancelling_closes_the_connection_at_once(words: list[str]) -> None:
    async def work(server: ModelServer, client: ProviderClient) -> None:
        began, left = asyncio.Event(), asyncio.Event()

        async def serve(one: Client) -> None:
            await one.send(HEAD, *(piece(text(word)) for word in words))
            if not words:
                began.set()
            await one.left()
            left.set()

        async def on_text(some: str) -> None:
            began.set()

        server.serve = serve
        asking = asyncio.create_task(client.ask(server.provider(), PLAIN, on_text))
        await began.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(0.25):
            await left.wait()

    run(responding(), work)


def test_what_the_reader_of_the_text_raises_is_its_own() -> None:
    async def work(server: ModelServer, client: ProviderClient) -> None:
        async def on_text(some: str) -> None:
            raise TimeoutError(some)

        with pytest.raises(TimeoutError, match="ok"):
            await client.ask(server.provider(), PLAIN, on_text)

    run(responding(HEAD, piece(text("ok", "stop")), piece(DONE), END), work)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    async def work(server: ModelServer, client: ProviderClient) -> None:
        reply, _ = await client.ask(server.provider(), PLAIN, keeping([]))
        assert reply.text == "ok"

    run(responding(HEAD, piece(text("ok", "stop")), piece(DONE), END), work)


def test_a_provider_is_a_value() -> None:
    assert Provider(name="a", base_url="b", model="c") == Provider(name="a", base_url="b", model="c")
