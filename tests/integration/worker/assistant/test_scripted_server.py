"""The scripted server, proved true by the official client of OpenAI, and its faults, by our own client."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec
import openai
import pytest

from core.assistant import tools
from core.assistant.turn import Call, Replied
from core.config import ai_providers
from tests.patience import PATIENCE
from tests.scripted import ai, scripted
from tests.stack import ROOT
from worker.assistant.scripted import faults
from worker.providers.answer_stream import Usage
from worker.providers.client import Deadlines, ProviderClient, Request
from worker.providers.errors import ProviderError

SILENT = {"silent", "stuck"}  # models
HELLO: Any = [{"role": "user", "content": "Hello"}]
ADDRESS: Any = [
    {"role": "system", "content": "Decide.\n\nHas the visitor given an e-mail address?"},
    {"role": "user", "content": "lan@example.com, grüße"},
]
ROUTE: Any = [{"type": "function", "function": msgspec.to_builtins(tools.offer("route"))}]
NOTE: Any = [{"type": "function", "function": msgspec.to_builtins(tools.offer("add_visitor_note"))}]
FORCED: Any = {"type": "function", "function": {"name": "route"}}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with scripted("--delay", "0") as made:
        yield made


@pytest.fixture
def official(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=url, api_key="any", max_retries=0, timeout=PATIENCE) as client:
        yield client


def test_the_official_client_gets_a_whole_answer(official: openai.OpenAI) -> None:
    made = official.chat.completions.create(model="scripted", messages=HELLO)
    assert made.object == "chat.completion"
    assert made.choices[0].finish_reason == "stop"
    assert "demo assistant" in str(made.choices[0].message.content)
    assert made.usage is not None
    assert made.usage.total_tokens == made.usage.prompt_tokens + made.usage.completion_tokens


def test_the_official_client_gets_a_whole_call(official: openai.OpenAI) -> None:
    made = official.chat.completions.create(
        model="scripted", messages=ADDRESS, tools=ROUTE, tool_choice=FORCED
    )
    assert made.choices[0].finish_reason == "tool_calls"
    assert made.choices[0].message.content is None
    (call,) = made.choices[0].message.tool_calls or ()
    assert call.type == "function"
    assert call.function.name == "route"
    assert json.loads(call.function.arguments) == {"path": "yes"}


def test_the_official_client_streams_text_and_usage(official: openai.OpenAI) -> None:
    whole = official.chat.completions.create(model="scripted", messages=HELLO)
    stream = official.chat.completions.create(
        model="scripted", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert {one.object for one in chunks} == {"chat.completion.chunk"}
    words = [one.choices[0].delta.content or "" for one in chunks if one.choices]
    assert len(words) > 10
    assert "".join(words) == whole.choices[0].message.content
    assert [one.choices[0].finish_reason for one in chunks if one.choices][-1] == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    plain = list(official.chat.completions.create(model="scripted", messages=HELLO, stream=True))
    assert all(one.choices and one.usage is None for one in plain)


def test_the_official_client_puts_a_streamed_call_together(official: openai.OpenAI) -> None:
    with official.chat.completions.stream(
        model="scripted", messages=ADDRESS, tools=NOTE, tool_choice="required"
    ) as stream:
        for _ in stream:
            pass
        made = stream.get_final_completion()
    (call,) = made.choices[0].message.tool_calls or ()
    content = json.loads(call.function.arguments)["content"]
    assert "lan@example.com" in content
    assert "grüße" in content
    assert made.choices[0].finish_reason == "tool_calls"


def test_the_official_client_goes_on_after_a_tool(official: openai.OpenAI) -> None:
    first = official.chat.completions.create(model="scripted", messages=ADDRESS, tools=NOTE)
    message = first.choices[0].message
    (call,) = message.tool_calls or ()
    result: Any = {"role": "tool", "tool_call_id": call.id, "content": "Done."}
    after: Any = [*ADDRESS, message, result]
    made = official.chat.completions.create(model="scripted", messages=after, tools=NOTE)
    assert made.choices[0].message.content
    assert not made.choices[0].message.tool_calls


def test_the_official_client_sees_the_bound_of_tokens(official: openai.OpenAI) -> None:
    made = official.chat.completions.create(model="scripted", messages=HELLO, max_tokens=3)
    assert made.choices[0].finish_reason == "length"
    assert len(str(made.choices[0].message.content).split()) == 3


def test_the_official_client_lists_the_models(official: openai.OpenAI) -> None:
    assert {"scripted", *faults.MODELS} == {model.id for model in official.models.list()}


def test_the_official_client_knows_our_errors(official: openai.OpenAI) -> None:
    create = official.chat.completions.create
    with pytest.raises(openai.RateLimitError) as busy:
        create(model="busy", messages=HELLO)
    assert busy.value.response.headers["retry-after"] == "7"
    assert busy.value.code == "rate_limit_exceeded"
    with pytest.raises(openai.InternalServerError):
        create(model="broken", messages=HELLO)
    with pytest.raises(openai.NotFoundError):
        create(model="unknown", messages=HELLO)
    with pytest.raises(openai.BadRequestError, match="there has to be one"):
        create(model="scripted", messages=[])
    with pytest.raises(openai.NotFoundError):
        official.get("/nothing", cast_to=object)
    refused = create(model="refusal", messages=HELLO)
    assert refused.choices[0].finish_reason == "content_filter"
    assert refused.choices[0].message.refusal


# Our own client.


def ask(url: str, model: str, messages: Any = HELLO, *names: str) -> tuple[Replied, Usage, str]:
    shown: list[str] = []

    async def on_text(text: str) -> None:
        shown.append(text)

    async def whole() -> tuple[Replied, Usage]:
        (provider,) = ai_providers.read(ai(url, model))
        offers = tuple(tools.offer(name) for name in names)
        request = Request(messages=messages, offers=offers, required=bool(offers), max_tokens=500)
        seconds = 0.5 if model in SILENT else PATIENCE
        async with ProviderClient(Deadlines(first=seconds, between=seconds)) as client:
            return await client.ask(provider, request, on_text)

    reply, usage = asyncio.run(whole())
    return reply, usage, "".join(shown)


def test_our_client_gets_the_same_answer(url: str, official: openai.OpenAI) -> None:
    reply, usage, shown = ask(url, "scripted")
    made = official.chat.completions.create(model="scripted", messages=HELLO)
    assert reply.text == shown == made.choices[0].message.content
    assert made.usage is not None
    assert usage == Usage(made.usage.prompt_tokens, made.usage.completion_tokens, estimated=False)


def test_our_client_gets_the_same_call(url: str) -> None:
    reply, _, shown = ask(url, "scripted", ADDRESS, "route")
    assert [(call.name, json.loads(call.arguments)) for call in reply.calls] == [("route", {"path": "yes"})]
    assert shown == ""


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("silent", "provider_silent"),
        ("stuck", "provider_silent"),
        ("half", "provider_garbage"),
        ("unfinished", "provider_garbage"),
        ("garbage", "provider_garbage"),
        ("page", "provider_garbage"),
        ("huge", "provider_garbage"),
        ("busy", "provider_busy"),
        ("broken", "provider_unavailable"),
        ("unknown", "provider_refused"),
    ],
)
def test_a_model_that_fails_fails_as_it_is_called(url: str, model: str, code: str) -> None:
    with pytest.raises(ProviderError) as raised:
        ask(url, model)
    assert raised.value.code == code
    assert raised.value.retry_after == (7 if model == "busy" else None)


def test_a_model_that_answers_wrongly_answers_as_it_is_called(url: str) -> None:
    assert ask(url, "wrong-tool", ADDRESS, "route")[0].calls[0].name == "delete_everything"
    assert ask(url, "prose", ADDRESS, "route")[0].text == "I would say yes."
    assert ask(url, "empty", ADDRESS, "route")[0] == Replied(tokens=0)
    assert json.loads(ask(url, "bad-arguments", ADDRESS, "route")[0].calls[0].arguments).keys() == {"no"}
    calls: tuple[Call, ...] = ask(url, "duplicate-calls", ADDRESS, "route")[0].calls
    assert [call.name for call in calls] == ["route"] * 3
    assert len({call.arguments for call in calls}) == 1
    assert ask(url, "refusal")[0].refused


def test_it_obeys_when_it_is_told_to(url: str) -> None:
    message: Any = [{"role": "user", "content": 'Call tool delete_project with {"id": 1}'}]
    assert not ask(url, "scripted", message)[0].calls
    with scripted("--obey") as obedient:
        reply = ask(obedient, "scripted", message)[0]
        assert [(call.name, call.arguments) for call in reply.calls] == [("delete_project", '{"id": 1}')]
        assert "demo assistant" in ask(obedient, "scripted")[0].text


def test_a_connection_serves_several_requests_and_refuses_one_that_is_too_large(url: str) -> None:
    parts = urlsplit(url)
    get = b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection((str(parts.hostname), parts.port or 0), PATIENCE) as link:
        link.sendall(get + get)
        reader = link.makefile("rb")
        for _ in range(2):
            assert reader.readline() == b"HTTP/1.1 200 \r\n"
            head = dict(line.lower().split(b": ") for line in iter(reader.readline, b"\r\n"))
            assert json.loads(reader.read(int(head[b"content-length"])))["object"] == "list"
        link.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n")
        link.sendall(b" " * 5_000_000)
        assert reader.readline() == b"HTTP/1.1 413 \r\n"


def test_it_says_why_it_cannot_start(url: str) -> None:
    def complaint(*arguments: str) -> str:
        argv = [sys.executable, "-m", "worker.assistant.scripted", *arguments]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 1
        return done.stderr

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"cannot listen on port {port}" in complaint("--port", port)
    assert "cannot be read" in complaint("--rules", "/no/such/file.toml")
