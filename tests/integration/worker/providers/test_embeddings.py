"""The client of PARLEY_EMBEDDINGS against a server on a real socket: batches, faults, attempts, deadlines."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from core.config import settings
from core.config.settings import SettingsError
from tests import canaries
from tests.integration.worker.embedding_server import EmbeddingServer, answer, good
from tests.patience import PATIENCE
from tests.stack import SECRET
from worker.providers import embeddings as module
from worker.providers.embeddings import BATCH, EmbeddingsClient, open_embeddings
from worker.providers.errors import ProviderError

KEY = "sk-a-key-of-embeddings-that-nobody-may-see"
canaries.plant(KEY)


def run(server: EmbeddingServer, work: Callable[[EmbeddingsClient], Awaitable[None]], **more: Any) -> None:
    async def whole() -> None:
        async with asyncio.timeout(PATIENCE), server.running():
            given = {"base_url": f"{server.base_url}/", "model": "small", "key": KEY} | more
            made = settings.read(
                {"PARLEY_SECRET_KEY": SECRET, "PARLEY_EMBEDDINGS": msgspec.json.encode(given).decode()}
            )
            async with open_embeddings(made) as client:
                assert client is not None
                client._sleep = quick
                await work(client)

    asyncio.run(whole())


async def quick(_seconds: float) -> None:
    """The waits between attempts are not tested."""


async def refused(client: EmbeddingsClient) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await client.vectors(["a"])
    return caught.value


def test_texts_are_asked_in_batches_and_answered_in_their_order() -> None:
    server = EmbeddingServer()

    async def work(client: EmbeddingsClient) -> None:
        texts = ["refund" if number % 2 else "parcel" for number in range(BATCH + 6)]
        found = await client.vectors(texts)
        assert [one[0] for one in found] == [float(number % 2) for number in range(BATCH + 6)]

    run(server, work, dimensions=4)
    assert [len(body["input"]) for body in server.asked] == [BATCH, 6]
    assert server.asked[0]["dimensions"] == 4 and "dimensions" in server.asked[0]
    assert server.heads[0].startswith("POST /v1/embeddings ") and f"Bearer {KEY}" in server.heads[0]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_stumbles_is_asked_again(status: int) -> None:
    server = EmbeddingServer(lambda body: answer(status) if len(server.asked) < 3 else good(body))

    async def work(client: EmbeddingsClient) -> None:
        assert len(await client.vectors(["refund"])) == 1

    run(server, work)
    assert len(server.asked) == 3


def test_a_server_that_names_a_long_pause_is_left_alone() -> None:
    server = EmbeddingServer(lambda _body: answer(429, b"{}", "Retry-After: 600"))

    async def work(client: EmbeddingsClient) -> None:
        assert (await refused(client)).retry_after == 600

    run(server, work)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"no json", "provider_garbage"),
        (b'{"data": []}', "provider_garbage"),
        (b'{"data": [{"index": 1, "embedding": [1.0]}]}', "provider_garbage"),
        (b'{"data": [{"index": 0, "embedding": []}]}', "provider_refused"),
        (b'{"data": [{"index": 0, "embedding": [0.0, 0.0]}]}', "provider_refused"),
        (b'{"data": [{"index": 0, "embedding": [1e999]}]}', "provider_garbage"),
        (b'{"data": [{"index": 0, "embedding": [' + b"1.0," * 1_536 + b"1.0]}]}", "provider_refused"),
    ],
)
def test_what_is_no_vector_is_refused(body: bytes, code: str) -> None:
    async def work(client: EmbeddingsClient) -> None:
        assert (await refused(client)).code == code

    run(EmbeddingServer(lambda _body: answer(200, body)), work)


def test_an_answer_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10_000)

    async def work(client: EmbeddingsClient) -> None:
        assert (await refused(client)).code == "provider_garbage"

    run(EmbeddingServer(lambda _body: answer(200, b" " * 20_000)), work)


def test_a_silent_server_delays_a_question_no_longer_than_its_deadline() -> None:
    async def work(client: EmbeddingsClient) -> None:
        assert await client.of_question("refund", seconds=0.1) is None

    run(EmbeddingServer(lambda _body: None), work)


def test_a_server_that_is_away_is_unavailable() -> None:
    async def work(client: EmbeddingsClient) -> None:
        client._given = msgspec.structs.replace(client._given, base_url="http://127.0.0.1:9")
        assert (await refused(client)).code == "provider_unavailable"

    run(EmbeddingServer(), work)


@pytest.mark.parametrize(
    "given",
    [
        "no json",
        "[]",
        '{"model": "m"}',
        '{"base_url": "ftp://x/v1", "model": "m"}',
        '{"base_url": "http://example.com/v1", "model": "m", "key": "sk-secret"}',
        '{"base_url": "https://x/v1", "model": "m", "dimensions": 4096}',
        '{"base_url": "https://x/v1", "model": "m", "key": "sk-secret", "key_file": "/x"}',
        '{"base_url": "https://x/v1", "model": "m", "unknown": 1}',
    ],
)
def test_a_wrong_setting_stops_the_process_and_quotes_no_key(given: str) -> None:
    with pytest.raises(SettingsError, match="PARLEY_EMBEDDINGS") as caught:
        settings.read({"PARLEY_SECRET_KEY": SECRET, "PARLEY_EMBEDDINGS": given})
    assert "sk-secret" not in str(caught.value)
