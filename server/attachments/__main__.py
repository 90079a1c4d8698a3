"""The process that examines files: each in a child of its own, which the kernel limits. It has no secrets.

The libraries are loaded once, and a child is forked for each file: that takes milliseconds, and what one file
does to a decoder ends with its child. One thread, so forking is safe.
"""

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from core.attachments import examining
from core.attachments.examining import TOO_COMPLEX, Asked, Refused

MEGABYTES: Final = 1024 * 1024
MAX_MEMORY: Final = 768 * MEGABYTES  # of addresses; 25 megapixels in three copies take 300
MAX_CPU: Final = 15  # seconds of one file
MAX_FILE: Final = 32 * MEGABYTES  # that a child writes: a picture made anew may be larger than it was
NICENESS: Final = 3  # half the share of another session; at 10 a busy machine examined nothing in 45 s
MAX_LENGTH: Final = 64 * 1024  # bytes of a verdict


def main() -> None:
    """Answers each line of stdin by one of stdout, until stdin ends."""
    _step_back()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from core.attachments import pictures  # noqa: F401  before the first fork

    decode = msgspec.json.Decoder(Asked).decode
    answers = os.dup(1)
    os.dup2(2, 1)  # nothing that a library prints may look like an answer
    _write(answers, b"ready\n")
    for line in sys.stdin.buffer:
        _write(answers, _in_child(decode(line)) + b"\n")


def _step_back() -> None:
    """Messages come first: lower the priority of this process, and of its session as a whole.

    Linux shares the CPU between sessions before it looks at the processes in them (sched(7), autogroup).
    """
    os.nice(NICENESS)
    with suppress(OSError):  # no such group, or /proc is read-only
        Path("/proc/self/autogroup").write_text(str(NICENESS))


def _in_child(asked: Asked) -> bytes:
    """The verdict; of a child that was ended by a limit too."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _examine(asked, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read(MAX_LENGTH)
    _, status = os.waitpid(child, 0)
    return said if status == 0 and said else msgspec.json.encode(Refused(TOO_COMPLEX))


def _examine(asked: Asked, writing: int) -> NoReturn:
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU, MAX_CPU))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE, MAX_FILE))
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        _write(writing, msgspec.json.encode(examining.examine(asked)))
        status = 0
    finally:
        os._exit(status)


def _write(to: int, data: bytes) -> None:
    while data:
        data = data[os.write(to, data) :]


if __name__ == "__main__":
    main()
