"""OIDC providers that answer slowly, too much, wrongly or maliciously; key rotation."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import pytest
import trio
from joserfc import jwt
from joserfc.jwk import RSAKey
from trio.testing import MockClock

from core.config.settings import read
from core.identity import providers
from core.identity.id_tokens import InvalidIdToken
from server.api.services import oidc_client
from server.api.services.oidc_client import Away, Issuer, Refused

DISCOVERY, KEYS, TOKEN, INFO = "/.well-known/openid-configuration", "/jwks", "/token", "/me"
NOW = 1_800_000_000
ONE, TWO = RSAKey.generate_key(2048, {"kid": "one"}), RSAKey.generate_key(2048, {"kid": "two"})
ARRIVAL = {
    "back": "http://127.0.0.1/app/oidc/return",
    "nonce": "n-1",
    "verifier": "v" * 43,
    "now": NOW * 1000,
}

Reply = bytes | Callable[[trio.SocketStream], Awaitable[None]]


@dataclass
class Pretender:
    """A fake provider that answers as a test wants; `asked` holds its requests, with their bodies."""

    port: int
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def metadata(self, **changed: Any) -> dict[str, Any]:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}{TOKEN}",
            "jwks_uri": f"{self.issuer}{KEYS}",
            "userinfo_endpoint": f"{self.issuer}{INFO}",
        }
        return found | changed

    def says(self, path: str, value: Any, *, status: str = "200 OK", headers: str = "") -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
        self.replies[path] = head.encode() + body

    def signs(self, key: RSAKey = ONE, **changed: Any) -> None:
        claims = {
            "iss": self.issuer,
            "aud": "parley",
            "sub": "subject",
            "nonce": "n-1",
            "iat": NOW,
            "exp": NOW + 60,
            "email": "mai@shop.example",
            "email_verified": True,
        }
        token = jwt.encode({"alg": "RS256", "kid": key.kid}, claims | changed, key)
        self.says(TOKEN, {"id_token": token, "access_token": "at"})

    def count(self, path: str) -> int:
        return sum(asked == path for asked, _ in self.asked)

    async def serve(self, stream: trio.SocketStream) -> None:
        async with stream:
            request = b""
            while b"\r\n\r\n" not in request:
                request += await stream.receive_some()
            head, _, body = request.partition(b"\r\n\r\n")
            length = next(
                (
                    int(line[15:])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length:")
                ),
                0,
            )
            while len(body) < length:
                body += await stream.receive_some()
            path = head.split(b" ")[1].decode()
            self.asked.append((path, body.decode()))
            reply = self.replies[path]
            if isinstance(reply, bytes):
                await stream.send_all(reply)
            else:
                await reply(stream)


@pytest.fixture
def leaping_clock() -> MockClock:
    """A clock that jumps when no task can run, after a short wait for data that is still in the kernel."""
    return MockClock(autojump_threshold=0.05)


@pytest.fixture
async def pretender() -> AsyncIterator[Pretender]:
    """A provider that answers correctly until a test changes it."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    made = Pretender(listener.socket.getsockname()[1])
    made.says(DISCOVERY, made.metadata())
    made.says(KEYS, {"keys": [ONE.as_dict(private=False)]})
    made.signs()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(trio.serve_listeners, forgiving(made.serve), [listener]))
        yield made
        nursery.cancel_scope.cancel()


def forgiving(
    serve: Callable[[trio.SocketStream], Awaitable[None]],
) -> Callable[[trio.SocketStream], Awaitable[None]]:
    async def served(stream: trio.SocketStream) -> None:
        try:
            await serve(stream)
        except trio.BrokenResourceError:
            return  # the client hung up, which the test expects

    return served


def issuer_of(pretender: Pretender) -> Issuer:
    listed = [{"id": "local", "issuer": pretender.issuer, "client_id": "parley", "client_secret": "s&c/r +t"}]
    return oidc_client.of(read({"PARLEY_OIDC": json.dumps(listed)}))["local"]


async def url_from(issuer: Issuer) -> str:
    return await issuer.sign_in_url(
        back="http://127.0.0.1/app/oidc/return", state="s", nonce="n", verifier="v" * 43
    )


async def test_the_discovery_document_is_fetched_once(
    pretender: Pretender,
) -> None:
    issuer = issuer_of(pretender)
    for _ in range(3):
        assert (await url_from(issuer)).startswith(f"{pretender.issuer}/auth?")
        found = await issuer.claims("code", **ARRIVAL)
        assert (found.subject, found.email) == ("subject", "mai@shop.example")
    assert (pretender.count(DISCOVERY), pretender.count(KEYS), pretender.count(TOKEN)) == (1, 1, 3)


async def test_concurrent_sign_ins_fetch_the_discovery_document_once(pretender: Pretender) -> None:
    issuer = issuer_of(pretender)
    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(url_from, issuer)
    assert pretender.count(DISCOVERY) == 1


@pytest.mark.parametrize(
    "methods", [None, ["client_secret_post"], ["client_secret_basic", "client_secret_post"]]
)
async def test_the_client_secret_is_sent_by_the_method_the_provider_supports(
    pretender: Pretender, methods: Any
) -> None:
    if methods is not None:
        pretender.says(DISCOVERY, pretender.metadata(token_endpoint_auth_methods_supported=methods))
    await issuer_of(pretender).claims("code", **ARRIVAL)
    asked = parse_qs(next(body for path, body in pretender.asked if path == TOKEN))
    assert asked["code_verifier"] == ["v" * 43]
    assert asked["code"] == ["code"]
    assert asked.get("client_secret") == (None if methods is None else ["s&c/r +t"])


async def test_an_unknown_key_is_fetched_but_not_too_often(
    pretender: Pretender, leaping_clock: MockClock
) -> None:
    issuer = issuer_of(pretender)
    await issuer.claims("code", **ARRIVAL)
    pretender.signs(TWO)
    with pytest.raises(InvalidIdToken):  # the keys were fetched a moment ago
        await issuer.claims("code", **ARRIVAL)
    assert pretender.count(KEYS) == 1
    await trio.sleep(oidc_client.SOONEST + 1)
    pretender.says(KEYS, {"keys": [TWO.as_dict(private=False)]})
    assert (await issuer.claims("code", **ARRIVAL)).subject == "subject"
    pretender.signs(ONE)
    for _ in range(5):
        with pytest.raises(InvalidIdToken):
            await issuer.claims("code", **ARRIVAL)
    assert pretender.count(KEYS) == 2


@pytest.mark.parametrize("path", [DISCOVERY, KEYS, TOKEN])
@pytest.mark.parametrize(
    "reply",
    [
        {"value": b"x" * (oidc_client.LARGEST + 1)},
        {"value": b"\x1f\x8b", "headers": "Content-Encoding: gzip\r\n"},
        {"value": b"<html>", "status": "200 OK"},
        {"value": b"[" * 100_000},
        {"value": b"\xff\xfe"},
        {"value": {}, "status": "500 Oops"},
        {"value": b"", "status": "302 Found", "headers": "Location: http://127.0.0.1:1/\r\n"},
        {"value": b"null"},
    ],
    ids=["too large", "compressed", "no JSON", "deep", "no UTF-8", "500", "redirect", "null"],
)
async def test_an_invalid_response_ends_the_sign_in(
    pretender: Pretender, path: str, reply: dict[str, Any]
) -> None:
    pretender.says(path, **reply)
    with pytest.raises((Away, InvalidIdToken)):
        await issuer_of(pretender).claims("code", **ARRIVAL)


async def test_an_endless_response_is_cut_off(pretender: Pretender) -> None:
    async def flood(stream: trio.SocketStream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            await stream.send_all(b"x" * 65_536)

    pretender.replies[DISCOVERY] = flood
    with trio.fail_after(oidc_client.ALTOGETHER * 0.8), pytest.raises(Away):
        await url_from(issuer_of(pretender))


@pytest.mark.parametrize("trickles", [True, False])
async def test_a_slow_provider_is_a_timeout(
    pretender: Pretender, trickles: bool, leaping_clock: MockClock
) -> None:
    async def hang(stream: trio.SocketStream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\n")
        while True:
            await trio.sleep(1)
            if trickles:
                await stream.send_all(b"X-More: x\r\n")

    pretender.replies[TOKEN] = hang
    began = trio.current_time()
    with pytest.raises(Away):
        await issuer_of(pretender).claims("code", **ARRIVAL)
    assert trio.current_time() - began <= oidc_client.ALTOGETHER + 1


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://evil.example"},
        {"issuer": ""},
        {"token_endpoint": 7},
        {"jwks_uri": "ftp://127.0.0.1/keys"},
        {"token_endpoint": "file:///etc/passwd"},
        {"userinfo_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
async def test_a_discovery_document_of_another_issuer_is_not_used(
    pretender: Pretender, changed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    pretender.says(DISCOVERY, pretender.metadata(**changed))
    with pytest.raises(Away) as away:
        await issuer_of(pretender).claims("code", **ARRIVAL)
    assert pretender.count(TOKEN) == 0
    assert logged(caplog) == [str(away.value)]


async def test_the_log_says_why_a_provider_is_unavailable(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Away):
        await url_from(issuer_of(Pretender(port=1)))  # no server listens there
    assert "Connection refused" in logged(caplog)[0]


def logged(caplog: pytest.LogCaptureFixture, event: str = "provider.away") -> list[str]:
    """The logged reasons, for the operator."""
    records = [record for record in caplog.records if record.getMessage() == event]
    return [record.__dict__["fields"]["reason"] for record in records]


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized"])
async def test_a_code_that_the_provider_rejects_is_refused(
    pretender: Pretender, status: str, caplog: pytest.LogCaptureFixture
) -> None:
    pretender.says(TOKEN, {"error": "invalid_client"}, status=status)
    issuer = issuer_of(pretender)
    for _ in range(3):
        with pytest.raises(Refused):
            await issuer.claims("code", **ARRIVAL)
    # Logged once, as any caller may send codes; with the provider's error, the only sign of a wrong secret.
    assert logged(caplog, "provider.refused") == [f"status {status[:3]}: invalid_client"]


async def test_malformed_keys_are_reported_to_the_operator(
    pretender: Pretender, caplog: pytest.LogCaptureFixture
) -> None:
    pretender.says(KEYS, {"keys": "none"})
    with pytest.raises(InvalidIdToken):
        await issuer_of(pretender).claims("code", **ARRIVAL)
    assert logged(caplog, "provider.refused")[0].startswith("no key set")


async def test_a_redirect_without_iss_is_refused_for_a_provider_that_sends_iss(
    pretender: Pretender,
) -> None:
    pretender.says(DISCOVERY, pretender.metadata(authorization_response_iss_parameter_supported=True))
    for iss in (None, "https://evil.example"):
        with pytest.raises(InvalidIdToken):
            await issuer_of(pretender).claims("code", iss=iss, **ARRIVAL)
    assert pretender.count(TOKEN) == 0
    pretender.signs()
    found = await issuer_of(pretender).claims("code", iss=pretender.issuer, **ARRIVAL)
    assert found.subject == "subject"


async def test_userinfo_is_asked_with_the_access_token_and_must_have_the_same_subject(
    pretender: Pretender,
) -> None:
    pretender.signs(email=None, email_verified=None)
    bare = {
        "iss": pretender.issuer,
        "aud": "parley",
        "sub": "subject",
        "nonce": "n-1",
        "iat": NOW,
        "exp": NOW + 60,
    }
    token = jwt.encode({"alg": "RS256", "kid": "one"}, bare, ONE)
    pretender.says(TOKEN, {"id_token": token, "access_token": "at"})
    pretender.says(INFO, {"sub": "subject", "email": "mai@shop.example", "email_verified": True})
    assert (await issuer_of(pretender).claims("code", **ARRIVAL)).email == "mai@shop.example"
    pretender.says(INFO, {"sub": "another", "email": "mai@shop.example", "email_verified": True})
    with pytest.raises(InvalidIdToken):
        await issuer_of(pretender).claims("code", **ARRIVAL)


@pytest.mark.parametrize(
    "listed",
    [
        "nonsense",
        '{"id":"a"}',
        '[{"id":"corp","client_id":"a","client_secret":"b"}]',
        '[{"id":"corp","client_id":"a","client_secret":"b","issuer":"http://id.example"}]',
        '[{"id":"corp","client_id":"a","client_secret":"b","issuer":"https://id.example?x=1"}]',
        '[{"id":"Corp","client_id":"a","client_secret":"b","issuer":"https://id.example"}]',
        '[{"id":"google","client_id":"","client_secret":"b"}]',
        '[{"id":"google","client_id":"a","client_secret":"b","extra":1}]',
        '[{"id":"google","client_id":"a","client_secret":"b"},{"id":"google","client_id":"a","client_secret":"b"}]',
    ],
)
def test_invalid_provider_settings_stop_the_process(listed: str) -> None:
    with pytest.raises(providers.SettingsError, match="PARLEY_OIDC"):
        providers.of(read({"PARLEY_OIDC": listed}))


def test_google_needs_two_settings_only() -> None:
    found = providers.of(read({"PARLEY_OIDC": '[{"id":"google","client_id":"a","client_secret":"b"}]'}))[
        "google"
    ]
    assert (found.name, found.issuer) == ("Google", "https://accounts.google.com")
