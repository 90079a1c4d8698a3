"""One address takes all the HTTP connections that it can get, and another one is not affected."""

import contextlib
import time

import pytest

from tests.integration.gateway.crowds import connected, descriptors
from tests.integration.gateway.gateway_app import status
from tests.integration.gateway.test_door import ALIVE, GOOD
from tests.patience import PATIENCE
from tests.stack import Stack

IDLE = 5_000  # connections
SHARE = 256  # of one network
REST = GOOD.replace(b"/livez", b"/api/v1/me")


def asked(port: int, request: bytes, *, source: str) -> bytes:
    """The answer to one request on a connection of its own."""
    with connected(port, source=source) as sock:
        sock.sendall(request)
        came = b""
        while more := sock.recv(65_536):
            came += more
    return came


@pytest.mark.soak
def test_five_thousand_idle_connections_of_one_address_leave_room_for_others(stack: Stack) -> None:
    server = stack.spawn("server")
    port = server.port or 0
    before = descriptors(server)
    with contextlib.ExitStack() as held:
        for number in range(IDLE):
            sock = held.enter_context(connected(port, source="127.0.0.8"))
            if number % 2:  # the others send nothing
                sock.sendall(ALIVE)
                assert status(sock.recv(4_096)) == 200
        started = time.monotonic()
        assert status(asked(port, GOOD, source="127.0.0.9")) == 200
        assert status(asked(port, REST, source="127.0.0.9")) == 401
        assert status(asked(port, GOOD, source="127.0.0.8")) == 200
        assert time.monotonic() - started < PATIENCE / 10
        # Silent connections end after five seconds; of those that got an answer the share stays open.
        server.wait_until(
            lambda: descriptors(server) <= before + SHARE + 20,
            within=PATIENCE,
            what="closing the silent ones",
        )
        assert descriptors(server) >= SHARE
    server.wait_until(lambda: descriptors(server) <= before + 5, within=PATIENCE, what="closing all of them")
