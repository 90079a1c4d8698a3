"""Abuse of a running server: whatever clients send, it stays up and small, and serves its other clients."""

import random
import signal
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import msgpack
import pytest
import trio

from tests.integration.gateway.crowds import (
    MIB,
    connected,
    connections,
    descriptors,
    peak_memory,
    reset_peak_memory,
    send_each,
    send_endlessly,
)
from tests.integration.gateway.gateway_app import close_code, exchange, hello, masked, opening, rest, status
from tests.integration.gateway.test_abuse import FRAMES
from tests.integration.gateway.test_door import ALIVE, CASES, GOOD, H2C
from tests.patience import PATIENCE
from tests.people import add_project
from tests.running import Running
from tests.stack import Stack

OPEN = {"handshakes_per_minute": 1_000_000, "messages_per_minute": 1_000_000}
CONNECTIONS = 20_000
WARM_UP = 1_500  # connections after which caches and pools have their size
EACH = 50  # connections of one kind at a time
MAX_SENT = 2 * MIB  # bytes that each of them sends, unless it is closed before
BUSY = 1.5  # seconds that a busy machine may add
PING = masked(b"x" * 125, opcode=9)
PONG = masked(b"", opcode=10)
TROUBLE = ("connection.failed", "stage.failed", "Traceback")
JSON = {"Content-Type": "application/json", "Upgrade": None, "Connection": None}


@pytest.fixture(scope="module")
def project(stack: Stack) -> bytes:
    return add_project(stack, domains=("shop.example", "127.0.0.1"))


@pytest.fixture(scope="module")
def server(stack: Stack) -> Running:
    stack.spawn("worker")
    return stack.spawn("server", **OPEN)


def assert_healthy(running: Running) -> None:
    """The server is up, answers, and logged no unexpected failure."""
    assert running.code is None
    running.wait_for_path("/livez")
    assert not [line for line in running.text.splitlines() if any(word in line for word in TROUBLE)]


async def test_each_known_way_to_crash_a_websocket_server_is_answered_and_leaves_nothing(
    server: Running, project: bytes
) -> None:
    port = server.port or 0
    files = descriptors(server)
    greeted = opening(project) + masked(hello(project))
    parts = masked(b"", fin=False) + masked(b"", opcode=0, fin=False) * 30
    text = opening(project, Sec_WebSocket_Protocol="parley.1.json")
    closed: dict[str, tuple[bytes, int]] = {
        **{f"{name} at once": (opening(project) + sent, code) for name, (sent, code) in FRAMES.items()},
        **{f"{name} later": (greeted + sent, code) for name, (sent, code) in FRAMES.items() if code < 4000},
        "bytes behind a close": (greeted + masked(b"\x03\xe8", opcode=8) + b"\xff" * 5_000, 1000),
        "empty fragments": (greeted + parts, 1009),
        "bad text": (text + masked(b"\xff\xfe", opcode=1), 1007),
        "compressed without an agreement": (greeted + masked(b"x", rsv=4), 1002),
    }  # fmt: skip
    answered = {
        **CASES,
        "h2c with bytes behind": (H2C + b"\0" * 1_000, 200),
        "no key": (opening(project, Sec_WebSocket_Key=None), 400),
        "an invalid key": (opening(project, Sec_WebSocket_Key="!" * 300), 400),
        "no project": (opening("no-project"), 400),
    }  # fmt: skip
    wrong: dict[str, int] = {}

    async def one(name: str, sent: bytes, expected: int, judge: Callable[[bytes], int]) -> None:
        found = judge(await exchange(port, sent))
        if found != expected:
            wrong[name] = found

    async with trio.open_nursery() as nursery:
        for name, (sent, code) in closed.items():
            nursery.start_soon(one, name, sent, code, close_code)
        for name, (sent, code) in answered.items():
            nursery.start_soon(one, name, sent, code, status)
    assert wrong == {}
    server.wait_until(lambda: descriptors(server) <= files + 3, what="closing its sockets")
    assert_healthy(server)


def strings(dice: random.Random, project: bytes, count: int) -> Iterator[list[bytes]]:
    """Random bytes, at the door, after the upgrade and after hello; and requests with an error in them."""
    good = msgpack.packb([10, 2, b"r" * 16, None, "text", "hello", {}])
    greeting = hello(project)
    for _ in range(count):
        noise = dice.randbytes(dice.randrange(1, 300))
        match dice.randrange(20):
            case 0:
                yield [ALIVE, noise]
            case 1:
                yield [_mutated(dice, GOOD)]
            case 2 | 3 | 4 | 5:
                yield [_mutated(dice, opening(project))]
            case 6 | 7 | 8:
                yield [opening(project) + noise]
            case 9 | 10:
                yield [opening(project), masked(_mutated(dice, greeting))]
            case 11 | 12:
                yield [opening(project) + masked(greeting), masked(_mutated(dice, good)) + noise]
            case _:
                yield [noise]


def _mutated(dice: random.Random, good: bytes) -> bytes:
    made = bytearray(good)
    for _ in range(dice.randrange(1, 5)):
        at = dice.randrange(len(made))
        if dice.random() < 0.5:
            made[at] = dice.randrange(256)
        else:
            del made[at : at + dice.randrange(1, 9)]
    return bytes(made)


@pytest.mark.alone  # it measures memory, and a starved server logs that Redis is late
@pytest.mark.soak
def test_twenty_thousand_connections_of_noise_leave_nothing_behind(stack: Stack, project: bytes) -> None:
    server = stack.spawn("server", drain_seconds=1, **OPEN)
    _noise(server, project)
    assert_left_behind_nothing(server)


@pytest.mark.soak
async def test_slow_and_silent_connections_are_ended_in_time(stack: Stack, project: bytes) -> None:
    server = stack.spawn("server", drain_seconds=1, **OPEN)
    await _timeouts(server, project)
    await trio.to_thread.run_sync(assert_left_behind_nothing, server)


def assert_left_behind_nothing(server: Running) -> None:
    server.wait_until(partial(_alone, server), what="without connections")
    assert_healthy(server)
    server.wait_until(partial(_alone, server), what="without the connection that asked for its health")
    server.signal(signal.SIGTERM)
    assert server.wait_for_end() == 0
    assert '"sockets":0}' in server.text, "the connection table is empty"


def _alone(server: Running) -> bool:
    return connections(server.port or 0) == 0


def _noise(server: Running, project: bytes) -> None:
    dice = random.Random(20)
    send_each(server, strings(dice, project, WARM_UP), dice=dice)
    server.wait_until(lambda: descriptors(server) < 150, what="closing its sockets")
    files, memory = descriptors(server), server.rss()
    assert (
        send_each(server, strings(dice, project, CONNECTIONS - WARM_UP), dice=dice) == CONNECTIONS - WARM_UP
    )
    server.wait_until(lambda: descriptors(server) <= files + 5, what="closing its sockets")
    assert server.rss() - memory < 50 * MIB


async def _timeouts(server: Running, project: bytes) -> None:
    """Slow headers end after 5 s, a missing hello after 5 s, a dead peer after 35 s.

    Other tests run beside this one: what the server's slowest answer took meanwhile is added to each limit.
    """
    port = server.port or 0
    ends = {
        "slow headers": (b"GET /livez HTTP/1.1\r\nHost:", 5.0),
        "nothing at all": (b"", 5.0),
        "slow headers of an upgrade": (opening(project)[:-2], 5.0),
        "no hello": (opening(project), 5.0 + 2.0),  # and 2 s in which our close may be answered
        "half a hello": (opening(project) + masked(hello(project))[:20], 5.0 + 2.0),
        "a dead peer": (opening(project) + masked(hello(project)), 35.0 + 2.0),
    }
    taken: dict[str, float] = {}
    slowest = 0.0

    async def answers() -> None:
        nonlocal slowest
        while True:
            began = trio.current_time()
            await trio.to_thread.run_sync(server.get, "/livez")
            slowest = max(slowest, trio.current_time() - began)
            await trio.sleep(0.1)

    async def one(name: str, sent: bytes, limit: float) -> None:
        began = trio.current_time()
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.send_all(sent)
            await rest(stream, within=limit + PATIENCE)
        taken[name] = trio.current_time() - began

    async with trio.open_nursery() as asking:
        asking.start_soon(answers)
        async with trio.open_nursery() as nursery:
            for name, (sent, limit) in ends.items():
                nursery.start_soon(one, name, sent, limit)
        asking.cancel_scope.cancel()
    late = {name: took for name, took in taken.items() if took > ends[name][1] + BUSY + slowest}
    assert late == {}, f"the slowest answer took {slowest:.2f} s"


def test_five_hundred_connections_of_one_address_are_refused_before_the_upgrade_and_others_are_served(
    stack: Stack, project: bytes
) -> None:
    server = stack.spawn("server", handshakes_per_minute=20)  # and 180 more for known clients
    answers = []
    for _ in range(500):
        with connected(server.port or 0, source="127.0.2.1") as sock:
            sock.sendall(opening(project))
            answers.append(status(sock.recv(4_096)))
    assert set(answers) == {101, 429} and answers.count(101) <= 400  # two windows, if a minute passes
    with connected(server.port or 0, source="127.0.2.2") as sock:
        sock.sendall(opening(project) + masked(hello(project)))
        came = sock.recv(4_096)
        while b"session" not in came:
            came += sock.recv(4_096)
        assert status(came) == 101
    assert_healthy(server)
    server.kill()


@pytest.mark.alone
@pytest.mark.parametrize("flood", ["pings", "pongs", "pongs before hello", "frames", "messages"])
def test_a_flood_is_closed_within_a_second(server: Running, project: bytes, flood: str) -> None:
    send = masked(msgpack.packb([10, 2, b"r" * 16, None, "text", "x" * 100, {}]))
    sent = {
        "pings": PING * 20,
        "pongs": PONG * 2_700,
        "pongs before hello": PONG * 2_700,
        "frames": masked(msgpack.packb([5, 1])) * 50,
        "messages": send * 20,
    }[flood]
    greeted = flood != "pongs before hello"
    with connected(server.port or 0) as sock:
        sock.sendall(opening(project) + (masked(hello(project)) if greeted else b""))
        came = b""
        while (b"session" if greeted else b"\r\n\r\n") not in came:
            came += sock.recv(65_536)
        began = time.monotonic()
        sock.settimeout(PATIENCE)
        try:
            while time.monotonic() < began + PATIENCE:
                sock.sendall(sent)
        except OSError:
            pass
        assert time.monotonic() - began < 1 + BUSY
    assert_healthy(server)


@pytest.mark.alone
def test_ten_clients_that_flood_with_pongs_delay_no_other_client(server: Running, project: bytes) -> None:
    greeting = opening(project) + masked(hello(project))

    def welcomed(source: str) -> socket.socket:
        sock = connected(server.port or 0, source=source)
        sock.sendall(greeting)
        came = b""
        while b"session" not in came:
            came += sock.recv(65_536)
        return sock

    def round_trip(*, times: int) -> float:
        """Median seconds until a ping is answered, at a rate below every limit."""
        took = []
        with welcomed("127.0.5.1") as sock:
            for number in range(times):
                began = time.perf_counter()
                sock.sendall(masked(msgpack.packb([5, number])))
                sock.recv(4_096)
                took.append(time.perf_counter() - began)
                time.sleep(max(0.0, 0.11 - took[-1]))  # ten a second are allowed
        return statistics.median(took)

    quiet = round_trip(times=20)
    floods = [welcomed(f"127.0.6.{number + 1}") for number in range(10)]
    pouring = threading.Thread(
        target=send_endlessly, args=(floods, lambda: PONG * 2_700), kwargs={"most": 100 * MIB, "within": 2.5}
    )
    pouring.start()
    flooded = round_trip(times=20)
    pouring.join()
    for sock in floods:
        sock.close()
    assert flooded < 1.2 * quiet + 0.001, f"{quiet * 1000:.2f} ms, then {flooded * 1000:.2f} ms"
    assert_healthy(server)


def _request(path: str, *, method: bytes = b"GET", **headers: str | None) -> bytes:
    return opening("", path=path, **{**JSON, **headers}).replace(b"GET", method, 1)


def kinds(project: bytes) -> dict[str, tuple[bytes, Callable[[], bytes]]]:
    """The bytes that are sent first, and those that are then sent without end."""
    upgrade, login = opening(project), "/api/v1/auth/login"
    giant = b"\x82\xff" + (2**62).to_bytes(8, "big") + bytes(4)
    part = masked(b"x" * 15_000, fin=False)
    return {
        "headers without end": (b"GET /livez HTTP/1.1\r\n", lambda: b"X-Y: z\r\n" * 500),
        "one header without end": (b"GET /livez HTTP/1.1\r\nX: ", lambda: b"y" * 4_096),
        "an address without end": (b"GET /", lambda: b"a" * 4_096),
        "a body that is announced as long": (
            _request(login, method=b"POST", Content_Length=str(10**12)),
            lambda: b"[" * 16_384,
        ),
        "a body in chunks without end": (
            _request(login, method=b"POST", Transfer_Encoding="chunked"),
            lambda: b"4000\r\n" + b"[" * 0x4000 + b"\r\n",
        ),
        "chunk extensions without end": (
            _request(login, method=b"POST", Transfer_Encoding="chunked") + b"1;",
            lambda: b"x" * 16_384,
        ),
        "requests without reading": (b"", lambda: ALIVE * 100),
        "large files without reading": (b"", lambda: ALIVE.replace(b"/livez", b"/widget.js") * 100),
        "a giant frame": (upgrade + giant, lambda: b"x" * 16_384),
        "a frame of the limit, never whole": (upgrade + masked(b"x" * 16_384)[:-1], lambda: b""),
        "a message in parts without end": (upgrade, lambda: part),
        "empty parts without end": (upgrade + part, lambda: masked(b"", opcode=0, fin=False) * 1_000),
        "pings without reading": (upgrade, lambda: PING * 100),
        "pings of a greeted peer": (upgrade + masked(hello(project)), lambda: PING * 100),
        "hellos without end": (upgrade, lambda: masked(hello(project)) * 100),
    }  # fmt: skip


@pytest.mark.parametrize("kind", kinds(b"p" * 16))
@pytest.mark.soak
def test_a_connection_of_a_stranger_costs_less_than_a_mebibyte_whatever_it_sends(
    server: Running, project: bytes, kind: str
) -> None:
    first, endless = kinds(project)[kind]
    for measured in (False, True):  # the first time caches and pools grow
        reset_peak_memory(server)
        before = server.rss()
        socks = [connected(server.port or 0, source=f"127.0.3.{number + 1}") for number in range(EACH)]
        for sock in socks:
            sock.sendall(first)
        send_endlessly(socks, endless, most=MAX_SENT, within=1.5)
        grown = peak_memory(server) - before
        for sock in socks:
            sock.close()
        if measured:
            assert grown / EACH <= MIB, f"{grown / EACH / 1024:.0f} KiB for each"
    server.wait_until(lambda: descriptors(server) < 200, what="closing its sockets")
    assert_healthy(server)
