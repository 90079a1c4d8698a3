"""Requests to URLs of users against real sockets, under Trio and under asyncio."""

import asyncio
import gzip
import ipaddress
import socket
import ssl
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import trio

import server.resolve
import worker.resolve
from core.outbound import errors
from core.outbound.fetch import Fetched, Fetcher
from core.outbound.vetting import Resolve
from tests import patience
from tests.receiver import answer, certified, receiving

PUBLIC_AUTHORITIES = ssl.create_default_context()  # slow to make
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
BOTH = frozenset({"http", "https"})
Asking = Callable[..., Fetched]


def to_loopback(*more: str) -> Resolve:
    """A resolver that resolves every name to our receiver."""

    async def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
        return ["127.0.0.1", *more]

    return resolve


@pytest.fixture(params=["trio", "asyncio"])
def runs(request: pytest.FixtureRequest) -> tuple[Resolve, Callable[[Callable[[], Awaitable[Any]]], Any]]:
    """The resolver and the event loop of the server, and those of the worker."""
    if request.param == "trio":
        return server.resolve.resolve, trio.run
    return worker.resolve.resolve, lambda work: asyncio.run(work())


@pytest.fixture
def ask(runs: Any) -> Asking:
    """Fetches at most 1 KiB unless the test asks for more."""
    resolver, run = runs

    def asking(
        url: str,
        *,
        method: str = "GET",
        resolve: Resolve | None = None,
        allowed: Any = (),
        tls: Any = None,
        **how: Any,
    ) -> Fetched:
        options = {"seconds": patience.PATIENCE, "most": 1024, "schemes": BOTH} | how
        fetcher = Fetcher(resolve or resolver, allowed=allowed, tls=tls or PUBLIC_AUTHORITIES)
        made: Fetched = run(lambda: fetcher.fetch(method, url, **options))
        return made

    return asking


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "127.255.255.254",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "2130706433",
        "017700000001",
        "0",
        "0.0.0.0",  # noqa: S104
        "localhost",
        "LOCALHOST",
        "localhost.",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1:0:0:80ff:fffe]",
        "[fe80::1]",
        "169.254.169.254",
        "10.0.0.1",
        "[fd00:ec2::254]",
    ],
)
def test_no_spelling_of_a_private_address_is_connected_to(ask: Asking, host: str) -> None:
    with receiving() as trap:
        with pytest.raises((errors.AddressRefused, errors.BadUrl, errors.Unresolvable)):
            ask(f"http://{host}:{trap.port}/")
        assert trap.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://user:password@127.0.0.1:{port}/",
        "http://shop.example@127.0.0.1:{port}/",
        "ftp://127.0.0.1:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/_x",
        "unix:///var/run/x.sock",
        "data:text/plain,x",
        "//127.0.0.1:{port}/",
        "127.0.0.1:{port}/",
        "http://",
        "http:///x",
        "http://[::1/",
        "http://127.0.0.1:99999/",
        "http://exa\nmple/",
        "",
    ],
)
def test_an_invalid_url_is_refused_in_a_sentence(ask: Asking, url: str) -> None:
    with receiving() as trap:
        with pytest.raises((errors.BadUrl, errors.AddressRefused)) as refused:
            ask(url.format(port=trap.port), allowed=LOOPBACK)
        assert str(refused.value).endswith(".")
        assert trap.connections == 0


@pytest.mark.parametrize("other", ["10.0.0.1", "::1", "169.254.169.254", "2002:7f00:1::", "64:ff9b::a00:1"])
def test_a_name_with_one_private_address_among_public_ones_is_refused(ask: Asking, other: str) -> None:
    async def mixed(host: str, port: int, seconds: float) -> Sequence[str]:
        return ["93.184.215.14", other]

    with pytest.raises(errors.AddressRefused):
        ask("https://mixed.example/", resolve=mixed)


def test_a_name_is_resolved_once_so_that_its_address_cannot_change_in_between(ask: Asking) -> None:
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    async def rebinding(host: str, port: int, seconds: float) -> Sequence[str]:
        return answers.pop(0)

    with receiving() as receiver:
        assert (
            ask(f"http://rebinding.example:{receiver.port}/", resolve=rebinding, allowed=LOOPBACK).body
            == b"ok"
        )
    assert answers == [["10.0.0.1"]]


def test_ports_of_other_protocols_are_refused_on_public_addresses(ask: Asking) -> None:
    async def public(host: str, port: int, seconds: float) -> Sequence[str]:
        return ["93.184.215.14"]

    for port in (22, 25, 53, 110, 587, 993):
        with pytest.raises(errors.BadUrl):
            ask(f"http://mail.example:{port}/", resolve=public)


def test_host_and_tls_carry_the_original_name_and_proxy_variables_are_ignored(
    ask: Asking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, ours = certified(tmp_path, "hooks.example")
    with receiving() as proxy, receiving(tls=theirs) as receiver:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        got = ask(
            f"https://hooks.example:{receiver.port}/in?a=b",
            method="POST",
            content=b"{}",
            headers={"X-Signature": "abc"},
            resolve=to_loopback(),
            allowed=LOOPBACK,
            tls=ours,
        )
        assert (got.status, got.body, got.address) == (200, b"ok", "127.0.0.1")
        assert receiver.names == ["hooks.example"]
        head = receiver.heads[0].decode()
        assert head.startswith("POST /in?a=b HTTP/1.1\r\n")
        assert f"Host: hooks.example:{receiver.port}\r\n" in head
        assert "X-Signature: abc\r\n" in head
        assert proxy.connections == 0


def test_a_certificate_for_another_name_or_of_an_untrusted_authority_is_refused(
    ask: Asking, tmp_path: Path
) -> None:
    theirs, ours = certified(tmp_path, "other.example")
    with receiving(tls=theirs) as receiver:
        url = f"https://hooks.example:{receiver.port}/"
        with pytest.raises(errors.CertificateRefused, match=r"hooks\.example"):
            ask(url, resolve=to_loopback(), allowed=LOOPBACK, tls=ours)
        with pytest.raises(errors.CertificateRefused, match="self-signed"):
            ask(url.replace("hooks", "other"), resolve=to_loopback(), allowed=LOOPBACK)
        assert receiver.heads == []


def test_a_redirect_is_returned_unless_it_may_be_followed(ask: Asking) -> None:
    def away(connection: socket.socket) -> None:
        path = receiver.head(connection).split()[1]
        place = f"http://next.example:{receiver.port}/there" if path == b"/" else "/end"
        body = answer(b"end") if path == b"/end" else answer(b"", "302 Found", Location=place)
        connection.sendall(body)

    with receiving(away) as receiver:
        url = f"http://first.example:{receiver.port}/"
        stayed = ask(url, resolve=to_loopback(), allowed=LOOPBACK)
        assert (stayed.status, stayed.header("location")) == (
            302,
            f"http://next.example:{receiver.port}/there",
        )
        followed = ask(
            url, resolve=to_loopback(), allowed=LOOPBACK, redirects=2, headers={"Authorization": "secret"}
        )
        assert (followed.body, followed.url) == (b"end", f"http://next.example:{receiver.port}/end")
        assert [b"Authorization" in head for head in receiver.heads[1:]] == [True, False, False]
        with pytest.raises(errors.TooManyRedirects):
            ask(url, resolve=to_loopback(), allowed=LOOPBACK, redirects=1)


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.1:{port}/",
        "http://[::1]:{port}/",
        "file:///etc/passwd",
        "http://a:b@x.example/",
    ],
)
def test_a_redirect_is_checked_like_the_first_url(ask: Asking, place: str) -> None:
    only_one = [ipaddress.ip_network("127.0.0.9/32")]

    async def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
        return ["127.0.0.9"] if host == "first.example" else [host]

    def away(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer(b"", "302 Found", Location=place.format(port=trap.port)))

    with receiving() as trap, receiving(away, host="127.0.0.9") as first:
        url = f"http://first.example:{first.port}/"
        with pytest.raises((errors.AddressRefused, errors.BadUrl)):
            ask(url, resolve=resolve, allowed=only_one, redirects=3)
        assert (first.connections, trap.connections) == (1, 0)


def dripping(connection: socket.socket) -> None:
    """One byte of the head at a time, without end."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.02)


def silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


@pytest.mark.parametrize("serve", [dripping, silent])
def test_a_slow_server_is_abandoned_at_the_timeout(ask: Asking, serve: Any) -> None:
    with receiving(serve) as receiver:
        began = time.monotonic()
        with pytest.raises(errors.TimedOut):
            ask(f"http://slow.example:{receiver.port}/", resolve=to_loopback(), allowed=LOOPBACK, seconds=0.3)
        assert time.monotonic() - began < 2.0


def endless(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def endless_head(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Filler: " + b"x" * 1000 + b"\r\n")


BOMB = answer(gzip.compress(b"\0" * 50_000_000, 1), Content_Encoding="gzip")


def bomb(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(BOMB)


@pytest.mark.parametrize("serve", [endless, bomb])
def test_a_body_over_the_limit_is_refused_or_cut(ask: Asking, serve: Any) -> None:
    with receiving(serve) as receiver:
        url = f"http://large.example:{receiver.port}/"
        with pytest.raises(errors.TooLarge):
            ask(url, resolve=to_loopback(), allowed=LOOPBACK)
        got = ask(url, resolve=to_loopback(), allowed=LOOPBACK, excess="cut")
        assert (len(got.body), got.cut) == (1024, True)


def test_an_endless_head_is_refused(ask: Asking) -> None:
    with receiving(endless_head) as receiver, pytest.raises((errors.TooLarge, errors.BadAnswer)):
        ask(f"http://large.example:{receiver.port}/", resolve=to_loopback(), allowed=LOOPBACK)


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_compressed_body_is_read(ask: Asking, encoding: str, compress: Callable[[bytes], bytes]) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer(compress(b"hello " * 100), Content_Encoding=encoding))

    with receiving(serve) as receiver:
        got = ask(f"http://small.example:{receiver.port}/", resolve=to_loopback(), allowed=LOOPBACK)
        assert (got.body, got.cut) == (b"hello " * 100, False)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", errors.BadAnswer),
        (b"SSH-2.0-OpenSSH\r\n\r\n", errors.BadAnswer),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", errors.BadAnswer),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx", errors.BadAnswer),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", errors.BadAnswer),
    ],
)
def test_a_malformed_answer_is_an_error_of_ours(ask: Asking, raw: bytes, error: type[Exception]) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(raw)

    with receiving(serve) as receiver, pytest.raises(error):
        ask(f"http://odd.example:{receiver.port}/", resolve=to_loopback(), allowed=LOOPBACK)


def test_a_closed_port_and_a_name_without_address_are_errors_of_ours(ask: Asking) -> None:
    with receiving() as gone:
        port = gone.port
    with pytest.raises(errors.ConnectFailed):
        ask(f"http://gone.example:{port}/", resolve=to_loopback(), allowed=LOOPBACK)
    with pytest.raises((errors.Unresolvable, errors.TimedOut)):
        ask("http://no-such-name.invalid/")


def test_the_second_address_is_tried_when_the_first_does_not_answer(ask: Asking) -> None:
    async def two(host: str, port: int, seconds: float) -> Sequence[str]:
        return ["127.0.0.77", "127.0.0.1"]

    with receiving() as receiver:
        got = ask(f"http://two.example:{receiver.port}/", resolve=two, allowed=LOOPBACK)
        assert (got.address, got.body) == ("127.0.0.1", b"ok")
