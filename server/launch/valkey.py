"""The embedded Valkey: its configuration, its program, its readiness check."""

import os
import signal
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from server.launch import binaries, ports, secrets
from server.launch.program import Program

CONFIGURATION = """\
# Written by `python -m server.launch` at every start; edits are lost.
bind 127.0.0.1
port {port}
requirepass {password}
dir "{directory}"
daemonize no
save ""
appendonly yes
appendfsync everysec
# Queued commands are short-lived: at peak load they fill the default of 64 MB every few seconds, and each
# rewrite takes a core. While the file is rewritten, no write waits for fsync.
auto-aof-rewrite-min-size 256mb
no-appendfsync-on-rewrite yes
# When the memory is full, writes are refused and clients get `busy`; without a limit Valkey could use all of
# the machine's memory.
maxmemory {most}
maxmemory-policy noeviction
{options}"""

MEGABYTES = 1024 * 1024
LEAST_MEMORY = 256 * MEGABYTES
MOST_MEMORY = 2_048 * MEGABYTES

# The binary has no allocator of its own. Stream entries are allocated and freed by the thousand, and glibc's
# allocator returns the memory to the system and requests it again each time. Caching more freed blocks
# (tcache) would save a few percent more, but with 2,000 of each size 135 MB of data took 250 MB
# (docs/explanation/performance.md).
MALLOC = "glibc.malloc.tcache_count=100:glibc.malloc.top_pad=67108864:glibc.malloc.trim_threshold=268435456"


class Valkey:
    """One Valkey under `directory`, on a port of its own for as long as this object lives."""

    def __init__(
        self,
        directory: Path,
        *,
        log: Path,
        name: str = "valkey",
        port: int | None = None,
        password: str | None = None,
        options: Mapping[str, object] | None = None,
    ) -> None:
        """Write the configuration. What is not given is chosen; `options` replace lines of CONFIGURATION."""
        directory.mkdir(mode=0o700, exist_ok=True)
        self.port = port or ports.free()
        self._password = password or secrets.kept(directory / "password")
        configuration = directory / "valkey.conf"
        text = CONFIGURATION.format(
            port=self.port,
            password=self._password,
            directory=directory,
            most=memory_limit(),
            options="".join(f"{name} {value}\n" for name, value in (options or {}).items()),
        )
        secrets.write(configuration, text)
        self.program = Program(
            name=name,
            argv=[str(binaries.valkey()), str(configuration)],
            cwd=directory,
            log=log,
            env={name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
            | {"GLIBC_TUNABLES": MALLOC},
            stop_signal=signal.SIGTERM,
            stop_within=5.0,
            orphan_signal=signal.SIGTERM,  # it writes its append-only file and exits
        )

    @property
    def url(self) -> str:
        """The URL for servers and workers."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def ready(self, _pid: int) -> bool:
        """Whether it answers PING with PONG; while it loads its file it answers LOADING."""
        try:
            return ask(self.url, "PING") == b"+PONG"
        except OSError:
            return False


def memory_limit() -> int:
    """Bytes for `maxmemory`: a quarter of the machine's memory, between LEAST_MEMORY and MOST_MEMORY."""
    quarter = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4
    return min(max(quarter, LEAST_MEMORY), MOST_MEMORY)


def ask(url: str, *words: str) -> bytes:
    """Send one command on a new connection; returns the first line of the reply; raises OSError."""
    return _asked(url, words)[0]


def answer(url: str, *words: str) -> str:
    """Likewise, the whole of a reply that is one text; an error begins with "-"."""
    first, rest = _asked(url, words)
    return rest.decode() if first.startswith(b"$") else first.decode().removeprefix("+")


def _asked(url: str, words: Sequence[str]) -> tuple[bytes, bytes]:
    """The first line of the reply, and what follows it if that is a text."""
    parts = urlsplit(url)
    lines = [f"AUTH {parts.password}\r\n"] if parts.password else []
    if parts.path.strip("/"):
        lines.append(f"SELECT {parts.path.strip('/')}\r\n")
    lines.append(" ".join(words) + "\r\n")
    with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=5) as link:
        link.sendall("".join(lines).encode())
        answers = link.makefile("rb")
        for _ in lines[:-1]:
            answers.readline()
        first = answers.readline().rstrip()
        size = int(first[1:]) if first.startswith(b"$") else 0
        return first, answers.read(max(0, size))
