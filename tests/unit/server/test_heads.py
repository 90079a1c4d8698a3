"""Heads of HTTP requests, byte by byte: each has one reading, or is refused."""

import pytest
import trio
import trio.testing

from server.door import heads
from server.door.heads import BadHead, Head

WHOLE = b"GET /a?b=c HTTP/1.1\r\nHost: chat.example\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"


class Pieces:
    """A stream that returns the given pieces one by one, then waits."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)

    async def receive_some(self, _: int) -> bytes:
        if not self.pieces:
            await trio.sleep_forever()
        return self.pieces.pop(0)


async def read(*pieces: bytes, begun: bytes = b"", idle: float = 60.0) -> tuple[Head | None, int]:
    arrivals: list[None] = []
    head = await heads.read(
        Pieces(*pieces),  # type: ignore[arg-type]
        begun,
        idle=idle,
        arrived=lambda: arrivals.append(None),
    )
    return head, len(arrivals)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
async def test_a_head_is_the_same_however_its_bytes_arrive(size: int) -> None:
    sent = b"\r\n" + WHOLE + b"behind"
    head, arrivals = await read(*(sent[at : at + size] for at in range(0, len(sent), size)))
    assert head is not None
    assert (head.method, head.target, head.path, head.version) == (b"GET", b"/a?b=c", b"/a", b"1.1")
    assert head.raw == WHOLE and b"behind".startswith(head.behind)
    assert arrivals == 1


async def test_a_head_that_came_with_the_request_before_needs_no_more_bytes() -> None:
    head, arrivals = await read(begun=WHOLE + WHOLE)
    assert head is not None and (head.raw, head.behind, arrivals) == (WHOLE, WHOLE, 1)


async def test_a_whole_head_has_one_timeout_however_often_bytes_arrive(
    autojump_clock: trio.testing.MockClock,
) -> None:
    class Dripping:
        async def receive_some(self, _: int) -> bytes:
            await trio.sleep(heads.HEAD_TIMEOUT / 10)
            return b"G"

    started = trio.current_time()
    with pytest.raises(BadHead) as bad:
        await heads.read(Dripping(), b"", idle=60.0, arrived=lambda: None)  # type: ignore[arg-type]
    assert bad.value.status == 408
    assert trio.current_time() - started <= heads.HEAD_TIMEOUT * 1.2


async def test_a_connection_that_is_silent_between_requests_ends_without_an_answer(
    autojump_clock: trio.testing.MockClock,
) -> None:
    assert await read(idle=7.0) == (None, 0)
    assert await read(b"\r\n", b"\r\n", idle=7.0) == (None, 0)
    assert trio.current_time() - autojump_clock.rate >= 14.0
    assert await read(b"") == (None, 0)


@pytest.mark.parametrize("size", [1, 999])
async def test_a_head_over_the_limit_is_refused_before_it_is_complete(size: int) -> None:
    endless = b"GET / HTTP/1.1\r\nCookie: " + b"c" * (heads.MAX_HEAD + 1_000)
    with pytest.raises(BadHead) as bad:
        await read(*(endless[at : at + size] for at in range(0, len(endless), size)))
    assert bad.value.status == 431
    fits = WHOLE[:-2] + b"Cookie: " + b"c" * (heads.MAX_HEAD - len(WHOLE) - 10) + b"\r\n\r\n"
    head, _ = await read(fits)
    assert head is not None and len(head.raw) == heads.MAX_HEAD


def head(*lines: str, version: str = "1.1", target: str = "/") -> Head:
    raw = "\r\n".join([f"GET {target} HTTP/{version}", *lines, "", ""]).encode("latin-1")
    return Head(b"GET", target.encode(), version.encode(), raw, b"")


def test_upgrade_offers_of_another_protocol_are_removed_from_the_request() -> None:
    request = heads.parse(
        head(
            "Host: a",
            "Connection: keep-alive, Upgrade, HTTP2-Settings",
            "Upgrade: h2c",
            "HTTP2-Settings: x",
            "TE: a",
        )
    )
    assert request.fields == [(b"host", b"a"), (b"connection", b"keep-alive"), (b"te", b"a")]
    assert request.framing() == b"GET / HTTP/1.1\r\nhost: a\r\nconnection: keep-alive\r\n\r\n"


@pytest.mark.parametrize(
    "host",
    [
        "a",
        "chat.example",
        "chat.example:8000",
        "chat.example:",
        "[::1]:80",
        "127.0.0.1",
        "a_b.example",
        "a" * 63,
    ],
)
def test_a_valid_host_is_accepted(host: str) -> None:
    assert heads.parse(head(f"Host: {host}")).fields == [(b"host", host.encode())]


@pytest.mark.parametrize(
    "host",
    ["", "a b", "a/b", "user@a", "a:b", "\xfc.example", "[::1", "a" * 64, "a" * 64 + ".b", "a,b c", "a\tb"],
)
def test_an_invalid_host_is_refused(host: str) -> None:
    with pytest.raises(BadHead) as bad:
        heads.parse(head(f"Host: {host}"))
    assert bad.value.status == 400


def test_http_1_0_may_omit_the_host() -> None:
    assert heads.parse(head(version="1.0")).fields == []
    with pytest.raises(BadHead):
        heads.parse(head("Host: a", "Host: a", version="1.0"))
    with pytest.raises(BadHead):
        heads.parse(head("Transfer-Encoding: chunked", version="1.0"))


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/a?b", b"/a"),
        ("http://chat.example/ws?project=1", b"/ws"),
        ("https://chat.example", b"/"),
        ("HTTP://chat.example?x", b"/"),
        ("//ws", b"//ws"),
    ],
)
def test_the_path_is_taken_from_the_request_target(target: str, path: bytes) -> None:
    assert head(target=target).path == path


def test_values_of_a_header_are_found_whatever_its_case_and_number() -> None:
    given = head("Host: a", "x-forwarded-for: 1.2.3.4", "malformed", "X-FORWARDED-FOR:5.6.7.8 ")
    assert heads.values(given, b"x-forwarded-for") == ["1.2.3.4", "5.6.7.8"]
