"""The process that reads documents: one after the other from stdin, until that ends. It has no secrets."""

import resource
import sys
from typing import BinaryIO, Final

import msgspec

from worker.knowledge.extraction.wire import LENGTH, MAX_ANSWER, MEGABYTES, Asked, Refused

MEMORY: Final = 1024 * MEGABYTES  # of addresses, of which libraries use a quarter
CPU: Final = 600  # seconds, of all documents; the parent ends each one that takes long


def main() -> None:
    """Answers each document."""
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing that a library prints may look like an answer
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    from worker.knowledge.extraction import documents  # before the limits: loading takes memory too

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    decode = msgspec.json.Decoder(Asked).decode
    _answer(answers, msgspec.json.encode(Refused("unreadable")))  # ready
    while head := _read(sys.stdin.buffer, LENGTH.size):
        asked = decode(_read(sys.stdin.buffer, LENGTH.unpack(head)[0]))
        body = _read(sys.stdin.buffer, asked.size)
        try:
            encoded = msgspec.json.encode(documents.read(asked, body))
        except MemoryError:
            encoded = msgspec.json.encode(Refused("too_large"))
        except UnicodeEncodeError:  # half a character of two, from a PDF
            encoded = msgspec.json.encode(Refused("unreadable"))
        _answer(answers, encoded)


def _answer(answers: BinaryIO, encoded: bytes) -> None:
    if len(encoded) > MAX_ANSWER:
        encoded = msgspec.json.encode(Refused("too_long"))
    answers.write(LENGTH.pack(len(encoded)) + encoded)
    answers.flush()


def _read(source: BinaryIO, size: int) -> bytes:
    """All of it; shorter only at the end."""
    return source.read(size)


if __name__ == "__main__":
    main()
