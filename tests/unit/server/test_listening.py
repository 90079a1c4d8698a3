"""A server that starts again is there at once for who comes back; the rest of it loads while they wait."""

import subprocess
import sys

from server import listening
from tests.stack import ROOT

SLOW = ("trio", "quart", "hypercorn", "coredis", "asyncpg", "argon2")


def test_nothing_slow_is_loaded_before_the_server_listens() -> None:
    said = f"import server.__main__, sys; print(*[name for name in {SLOW} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == ""


def test_several_processes_listen_on_one_port() -> None:
    (one,) = listening.listen("127.0.0.1", 0)
    with one:
        (other,) = listening.listen("127.0.0.1", one.getsockname()[1])
        with other:
            assert other.getsockname() == one.getsockname()
