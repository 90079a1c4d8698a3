"""A restarted server listens at once; slow modules load while its clients already queue."""

import socket
import subprocess
import sys

import pytest

from server.door import listening
from tests.stack import ROOT

SLOW = ("trio", "quart", "hypercorn", "coredis", "asyncpg", "argon2")


def test_no_slow_module_is_loaded_before_the_server_listens() -> None:
    script = f"import server.__main__, sys; print(*[name for name in {SLOW} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == ""


def test_several_processes_listen_on_one_port() -> None:
    (one,) = listening.listen("127.0.0.1", 0)
    with one:
        (other,) = listening.listen("127.0.0.1", one.getsockname()[1])
        with other:
            assert other.getsockname() == one.getsockname()


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_the_ipv6_wildcard_listens_on_ipv4_as_well() -> None:
    (listener,) = listening.listen("::", 0)
    with listener:
        port = listener.getsockname()[1]
        for address in ("127.0.0.1", "::1"):
            socket.create_connection((address, port), timeout=5).close()


def test_an_address_of_one_family_listens_on_that_family_alone() -> None:
    (listener,) = listening.listen("::1", 0)
    with listener, pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", listener.getsockname()[1]), timeout=5)
