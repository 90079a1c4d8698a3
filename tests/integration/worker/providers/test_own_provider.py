"""A project's own provider: asked alone, with its key and temperature, behind the guard of addresses."""

import asyncio
import ipaddress
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.bus import connection
from core.config import settings
from core.identity.encryption import Sealer, provider_purpose
from core.outbound.fetch import Fetcher
from core.outbound.vetting import Resolve
from tests import canaries
from tests.integration.core.core_fixture import new_visitor
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
from tests.integration.worker.assistant_project import Assisted
from tests.model import Model
from tests.patience import PATIENCE
from tests.receiver import certified
from tests.stack import SECRET, Stack
from worker import pool
from worker.providers.asker import Asker
from worker.providers.client import ProviderClient
from worker.providers.errors import ProviderError
from worker.providers.failover import Answer, Providers
from worker.providers.own import OwnProviders

KEY = "sk-0f-one-project-only-1"
canaries.plant(KEY)
SETTINGS = settings.read({"PARLEY_SECRET_KEY": SECRET})
SEALER = Sealer.of(SETTINGS)
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1"))
HELLO: list[dict[str, Any]] = [{"role": "user", "content": "hello"}]
FAILED = b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"


def leading_to(address: str) -> Resolve:
    async def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
        return [address]

    return resolve


class Own:
    """A project with a provider of its own, which is `server`, and the operator's, which is `other`."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.stack = stack
        self.project = Assisted(stack).project
        self.tls: tuple[ssl.SSLContext, ssl.SSLContext] = certified(folder, "localhost", "127.0.0.1")
        self.shown: list[str] = []
        self.allowed: Sequence[Any] = LOOPBACK
        self.resolve = leading_to("127.0.0.1")
        self.trusts = True
        self.server: ModelServer
        self.other: ModelServer

    def chooses(self, url: str, *, key: bytes | None = None, temperature: float | None = None) -> None:
        sealed = SEALER.seal(KEY.encode(), purpose=provider_purpose(self.project)) if key is None else key
        self.stack.sql(
            "INSERT INTO assistant_providers (project_id, base_url, model, temperature, sealed) "
            "VALUES ($1, $2, 'own-1', $3, $4)",
            UUID(bytes=self.project),
            url,
            temperature,
            sealed,
        )

    def run(self, serve: Serve, work: Callable[[], Awaitable[None]], *, plain: bool = False) -> None:
        async def whole() -> None:
            self.seen = asyncio.Event()
            async with asyncio.timeout(PATIENCE), AsyncExitStack() as stack:
                tls = None if plain else self.tls[0]
                self.server = await stack.enter_async_context(serving(serve, tls=tls))
                self.other = await stack.enter_async_context(serving(serve))
                await work()

        asyncio.run(whole())

    @property
    def url(self) -> str:
        return f"https://localhost:{self.server.port}/v1"

    async def ask(self) -> Answer:
        found = await self._asked()
        assert isinstance(found, Answer), found
        return found

    async def _asked(self) -> Answer | ProviderError:
        async def on_text(some: str) -> None:
            self.shown.append(some)
            self.seen.set()

        tls = self.tls[1] if self.trusts else None
        guard = Fetcher(self.resolve, allowed=self.allowed, tls=tls, plain_public=False)
        async with (
            connection.client(self.stack.redis_url) as redis,
            ProviderClient() as client,
            OwnProviders(SETTINGS, SEALER, redis, guard=guard) as own,
            pool.connection(self.stack.database_url, name="test") as conn,
        ):
            operators = Providers([self.other.provider()], redis, client)
            asker: Asker = await own.of_project(conn, self.project) or operators
            try:
                return await asker.ask(HELLO, (), required=False, max_tokens=50, on_text=on_text)
            except ProviderError as error:
                return error

    async def fails(self, code: str) -> ProviderError:
        found = await self._asked()
        assert isinstance(found, ProviderError) and found.code == code, found
        assert KEY not in repr(found)
        assert self.other.requests == [], "what a project's visitors write goes to no other server"
        return found


@pytest.fixture
def own(stack: Stack, tmp_path: Path) -> Own:
    return Own(stack, tmp_path)


async def answers(client: Client) -> None:
    usage = event(choices=[], usage={"prompt_tokens": 7, "completion_tokens": 2})
    await client.answer(text("Hi", "stop"), usage, DONE)


async def fails(client: Client) -> None:
    await client.send(FAILED)


def test_the_projects_own_is_asked_with_its_key_and_temperature_and_streams(own: Own) -> None:
    first_seen = asyncio.Event()

    async def serve(client: Client) -> None:
        await client.send(HEAD, piece(text("Guten ")))
        await first_seen.wait()
        await client.send(piece(text("Tag", "stop")), piece(DONE), END)

    async def work() -> None:
        own.chooses(own.url, temperature=0.25)
        asking = asyncio.create_task(own.ask())
        await own.seen.wait()
        first_seen.set()
        answer = await asking
        assert (answer.reply.text, answer.provider, answer.model) == ("Guten Tag", "localhost", "own-1")
        assert answer.cost == 0
        (sent,) = own.server.requests
        assert f"authorization: bearer {KEY}\r\n".encode() in sent.head.lower()
        assert b"host: localhost:" in sent.head.lower()
        assert (sent.json["model"], sent.json["temperature"]) == ("own-1", 0.25)
        assert own.other.requests == []

    own.run(serve, work)
    assert own.shown == ["Guten ", "Tag"]


def test_a_project_without_one_asks_the_operators(own: Own) -> None:
    async def work() -> None:
        answer = await own.ask()
        assert (answer.provider, len(own.server.requests)) == ("test", 0)

    own.run(answers, work)


def test_a_failure_is_not_passed_on_to_the_operators(own: Own) -> None:
    async def work() -> None:
        own.chooses(own.url)
        await own.fails("provider_unavailable")

    own.run(fails, work)


def test_a_name_that_leads_to_a_private_address_now_is_not_asked(own: Own) -> None:
    own.allowed = ()

    async def work() -> None:
        own.chooses(own.url)
        failure = await own.fails("provider_refused")
        assert not failure.retryable
        assert own.server.requests == []

    own.run(answers, work)


def test_each_request_looks_the_name_up_again(own: Own) -> None:
    """DNS rebinding: the second answer of the name leads into the network."""
    found = ["127.0.0.1", "10.0.0.1"]

    async def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
        return [found.pop(0)]

    own.resolve = resolve

    async def work() -> None:
        own.chooses(own.url)
        assert (await own.ask()).reply.text == "Hi"
        await own.fails("provider_refused")
        assert len(own.server.requests) == 1

    own.run(answers, work)


def test_plain_http_goes_to_networks_of_the_operator_only(own: Own) -> None:
    async def work() -> None:
        own.chooses(own.url.replace("https:", "http:"))
        assert (await own.ask()).reply.text == "Hi"
        own.resolve = leading_to("8.8.8.8")
        await own.fails("provider_refused")

    own.run(answers, work, plain=True)


def test_a_certificate_of_nobody_is_not_trusted(own: Own) -> None:
    own.trusts = False

    async def work() -> None:
        own.chooses(own.url)
        await own.fails("provider_unavailable")
        assert own.server.requests == []

    own.run(answers, work)


def test_a_redirect_is_not_followed(own: Own) -> None:
    async def serve(client: Client) -> None:
        place = f"http://127.0.0.1:{own.other.port}/v1/chat/completions"
        await client.send(f"HTTP/1.1 307 X\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode())

    async def work() -> None:
        own.chooses(own.url)
        await own.fails("provider_refused")

    own.run(serve, work)


def test_a_connection_that_breaks_in_the_middle_is_an_error(own: Own) -> None:
    async def serve(client: Client) -> None:
        await client.send(HEAD, piece(text("Guten ")))

    async def work() -> None:
        own.chooses(own.url)
        await own.fails("provider_garbage")

    own.run(serve, work)
    assert own.shown == ["Guten "]


def test_a_cancelled_request_closes_its_connection(own: Own) -> None:
    async def serve(client: Client) -> None:
        await client.send(HEAD, piece(text("Guten ")))
        await client.left()

    async def work() -> None:
        own.chooses(own.url)
        asking = asyncio.create_task(own.ask())
        await own.seen.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await own.server.all_left()

    own.run(serve, work)


def test_a_key_that_cannot_be_unsealed_asks_nobody(own: Own) -> None:
    async def work() -> None:
        own.chooses(own.url, key=SEALER.seal(b"stolen", purpose=provider_purpose(bytes(16))))
        await own.fails("provider_refused")
        assert own.server.requests == []

    own.run(answers, work)


def test_failures_of_one_project_leave_others_and_its_next_choice_alone(own: Own, tmp_path: Path) -> None:
    other = Own(own.stack, tmp_path)
    other.tls = own.tls

    async def work() -> None:
        own.chooses(own.url)
        for _ in range(3):
            await own.fails("provider_unavailable")
        asked = len(own.server.requests)
        await own.fails("provider_unavailable")
        assert len(own.server.requests) == asked, "the breaker is open"
        other.server, other.other, other.seen = own.server, own.other, own.seen
        other.chooses(own.url)
        await other.fails("provider_unavailable")
        assert len(own.server.requests) > asked, "another project's is not"
        asked = len(own.server.requests)
        own.stack.sql(
            "UPDATE assistant_providers SET version = version + 1 WHERE project_id = $1",
            UUID(bytes=own.project),
        )
        await own.fails("provider_unavailable")
        assert len(own.server.requests) > asked, "what was changed is tried at once"

    own.run(fails, work)


def test_a_worker_answers_by_the_model_that_the_project_has_chosen(
    fresh_stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, model = Assisted(fresh_stack), Model(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "receiver.pem"))
    fresh_stack.sql(
        "INSERT INTO assistant_providers (project_id, base_url, model, temperature, sealed) "
        "VALUES ($1, $2, 'own-1', 0.5, $3)",
        UUID(bytes=project.project),
        model.url,
        SEALER.seal(KEY.encode(), purpose=provider_purpose(project.project)),
    )
    worker = fresh_stack.spawn("worker", "assistant", "relay", outbound_networks="127.0.0.0/8, ::1")
    project.apply(project.post(new_visitor(), "where is my order?"))
    worker.wait_until(
        lambda: bool(fresh_stack.sql("SELECT FROM assistant_turns WHERE state <> 'running'")),
        what="answering",
    )
    rows = fresh_stack.sql("SELECT state, provider, model, prompt_tokens, cost FROM assistant_turns")
    assert [tuple(row) for row in rows] == [("completed", "localhost", "own-1", 7, 0)]
    assert fresh_stack.sql("SELECT body FROM messages WHERE sender_party = 'assistant'") == [("Hello",)]
    assert (model.bodies[0]["temperature"], model.bodies[0]["model"]) == (0.5, "own-1")
    model.close()
