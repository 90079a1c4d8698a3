"""TXT records, by one question to one name server: the standard library asks for addresses only."""

import secrets
import socket
import struct
from pathlib import Path
from typing import Final

TXT: Final = 16
INTERNET: Final = 1
RECURSION: Final = 0x0100
TRUNCATED: Final = 0x0200
NO_SUCH_NAME: Final = 3
TIMEOUT: Final = 3.0  # seconds
RESOLV: Final = Path("/etc/resolv.conf")
PORT: Final = 53
HEADER: Final = struct.Struct("!6H")


class NoAnswer(Exception):
    """The name server did not answer, or not in a way that can be read."""


def name_server() -> tuple[str, int]:
    """That of this machine; raises NoAnswer."""
    try:
        lines = RESOLV.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError as error:
        raise NoAnswer(f"{RESOLV}: {error.strerror}") from None
    found = [line.split()[1] for line in lines if line.startswith("nameserver ") and len(line.split()) > 1]
    if not found:
        raise NoAnswer(f"{RESOLV} names no name server")
    return found[0], PORT


def texts(name: str, *, server: tuple[str, int]) -> list[str]:
    """The TXT records of a name; none where it does not exist. Raises NoAnswer."""
    number = secrets.randbelow(65_536)
    labels = b"".join(bytes([len(label)]) + label for label in name.encode("ascii").split(b"."))
    question = HEADER.pack(number, RECURSION, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", TXT, INTERNET)
    try:
        answer = _asked(question, server)
        if HEADER.unpack_from(answer)[1] & TRUNCATED:
            answer = _asked_by_stream(question, server)
        return _read(answer, number)
    except (OSError, struct.error, IndexError) as error:
        raise NoAnswer(getattr(error, "strerror", None) or str(error) or "it sends nonsense") from None


def _asked(question: bytes, server: tuple[str, int]) -> bytes:
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as link:
        link.settimeout(TIMEOUT)
        link.connect(server)
        link.send(question)
        return link.recv(65_535)


def _asked_by_stream(question: bytes, server: tuple[str, int]) -> bytes:
    with socket.create_connection(server, timeout=TIMEOUT) as link, link.makefile("rb") as file:
        link.sendall(struct.pack("!H", len(question)) + question)
        (length,) = struct.unpack("!H", file.read(2))
        return file.read(length)


def _read(answer: bytes, number: int) -> list[str]:
    got, flags, questions, records, _, _ = HEADER.unpack_from(answer)
    code = flags & 0xF
    if got != number or (code and code != NO_SUCH_NAME):
        raise NoAnswer(f"it answers with the code {code}")
    at = HEADER.size
    for _ in range(questions):
        at = _behind_name(answer, at) + 4
    found = []
    for _ in range(records):
        at = _behind_name(answer, at)
        kind, _, _, length = struct.unpack_from("!2HIH", answer, at)
        at += 10
        if kind == TXT:
            found.append(_joined(answer[at : at + length]))
        at += length
    return found


def _behind_name(answer: bytes, at: int) -> int:
    while length := answer[at]:
        if length >= 0xC0:  # a pointer to a name that was written before
            return at + 2
        at += 1 + length
    return at + 1


def _joined(data: bytes) -> str:
    """A record is several strings of at most 255 bytes."""
    text, at = b"", 0
    while at < len(data):
        text += data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
    return text.decode("ascii", errors="replace")
