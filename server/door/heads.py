"""The head of an HTTP/1.1 request: read within a deadline and a size limit, and parsed strictly."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

import trio

MAX_HEAD: Final = 32 * 1024  # bytes of request line and fields: what proxies forward by default
HEAD_TIMEOUT: Final = 5.0  # seconds from the first byte of a head to its last
RECEIVE: Final = 8 * 1024  # bytes
EMPTY_LINE: Final = b"\r\n"
HEAD_END: Final = b"\r\n\r\n"
MAX_LABEL: Final = 63  # characters between two dots of a host name (RFC 1035, 2.3.4)

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_LINE: Final = re.compile(rb"(" + _TOKEN + rb") ([\x21-\x7e]+) HTTP/(1\.[01])")
_OTHER_VERSION: Final = re.compile(_TOKEN + rb" [\x21-\x7e]+(?: HTTP/[0-9](?:\.[0-9])?)?")
_BEGIN: Final = re.compile(_TOKEN)
FIELD: Final = re.compile(
    rb"(" + _TOKEN + rb"):[ \t]*((?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)[ \t]*"
)
_HOST: Final = re.compile(rb"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._~!$&'()*+,;=-]{1,253})(?::[0-9]{0,5})?")
_ABSOLUTE: Final = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)
_FRAMING: Final = frozenset((b"host", b"content-length", b"transfer-encoding", b"connection", b"expect"))
_LENGTHS: Final = frozenset((b"content-length", b"transfer-encoding"))
_OFFERS: Final = frozenset((b"upgrade", b"http2-settings"))

Fields = list[tuple[bytes, bytes]]  # names in lower case


class BadHead(Exception):
    """A head that is refused and ends its connection: an HTTP status, and a sentence with the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Head(NamedTuple):
    """A request line, with the bytes of the whole head."""

    method: bytes
    target: bytes
    version: bytes
    raw: bytes  # up to and including the empty line
    behind: bytes  # bytes received after it: a body, the next request, websocket frames

    @property
    def path(self) -> bytes:
        """Of an origin or absolute form (RFC 9112, 3.2), without the query."""
        path = self.target.partition(b"?")[0]
        return path if path.startswith(b"/") else _ABSOLUTE.sub(b"", path, count=1) or b"/"


class Request(NamedTuple):
    """A head with its fields. Offers to upgrade the protocol are dropped, as RFC 9110, 7.8 allows."""

    head: Head
    fields: Fields

    @property
    def has_body(self) -> bool:
        """Whether a body may follow."""
        return any(name in _LENGTHS for name, _ in self.fields)

    def framing(self) -> bytes:
        """A head with only the fields that say where the request ends and whether another may follow."""
        head = self.head
        lines = [b"%b %b HTTP/%b" % (head.method, head.target, head.version)]
        lines += [b"%b: %b" % field for field in self.fields if field[0] in _FRAMING]
        return b"\r\n".join(lines) + HEAD_END


async def read(
    stream: trio.SocketStream, begun: bytes, *, idle: float, arrived: Callable[[], None]
) -> Head | None:
    """Read the next head; `begun` are bytes of it that were received already.

    None when the peer has disconnected, or sent nothing for `idle` seconds. `arrived` is called once the
    first bytes have been received. Raises BadHead, also when the rest takes longer than HEAD_TIMEOUT.
    """
    data = bytearray(begun)
    seen, here = 0, False
    with trio.move_on_after(idle) as deadline:
        while True:
            while data.startswith(EMPTY_LINE):  # RFC 9112, 2.2: ignored before a request
                del data[:2]
            end = data.find(HEAD_END, seen)
            if data and not here and data != b"\r":
                here = True
                arrived()
                if end < 0:
                    deadline.deadline = trio.current_time() + HEAD_TIMEOUT
            if end >= 0:
                return _head(bytes(data[: end + 4]), bytes(data[end + 4 :]))
            if here:
                _check_so_far(data)
                seen = max(0, len(data) - 3)
            try:
                more = await stream.receive_some(RECEIVE)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return None
            if not more:
                return None
            data += more
    if here:
        raise BadHead(408, f"Send the complete request headers within {HEAD_TIMEOUT:g} seconds.")
    return None


def parse(head: Head) -> Request:
    """Parse the fields of a head; raises BadHead for everything that two parsers could read differently."""
    fields: Fields = []
    for line in head.raw[: -len(HEAD_END)].split(b"\r\n")[1:]:
        found = FIELD.fullmatch(line)
        if found is None:
            raise BadHead(400, "A header is malformed.")
        name, value = found[1].lower(), found[2]
        if name in _OFFERS:
            continue
        if name == b"connection":
            value = b", ".join(
                option for option in map(bytes.strip, value.split(b",")) if option.lower() not in _OFFERS
            )
        fields.append((name, value))
    _check_host(head, [value for name, value in fields if name == b"host"])
    _check_framing(head, {name for name, _ in fields})
    if head.method == b"CONNECT":
        raise BadHead(501, "This server is not a proxy.")
    if not head.target.startswith(b"/") and head.target != b"*" and not _ABSOLUTE.match(head.target):
        raise BadHead(400, "The request target must be a path or an http address.")
    return Request(head, fields)


def values(head: Head, wanted: bytes) -> list[str]:
    """The values of all fields named `wanted`, in lower case. Malformed fields are skipped."""
    found = map(FIELD.fullmatch, head.raw[: -len(HEAD_END)].split(b"\r\n")[1:])
    return [field[2].decode("latin-1") for field in found if field and field[1].lower() == wanted]


def _head(raw: bytes, behind: bytes) -> Head:
    if len(raw) > MAX_HEAD:
        raise _too_large()
    line = raw[: raw.index(b"\r\n")]
    found = _LINE.fullmatch(line)
    if found is None:
        raise _not_spoken_here(line)
    return Head(found[1], found[2], found[3], raw, behind)


def _check_so_far(data: bytes | bytearray) -> None:
    """Raises BadHead for the beginning of a head that cannot become valid."""
    if _BEGIN.match(data) is None:
        raise _not_spoken_here(bytes(data))
    if len(data) > MAX_HEAD:
        raise _too_large()


def _too_large() -> BadHead:
    return BadHead(431, f"The limit for request line and headers together is {MAX_HEAD // 1024} KiB.")


def _not_spoken_here(line: bytes) -> BadHead:
    if _OTHER_VERSION.fullmatch(line) and not line.endswith((b" HTTP/1.0", b" HTTP/1.1")):
        return BadHead(505, "This server supports only HTTP/1.1. Use HTTP/1.1.")
    return BadHead(400, "This is not an HTTP/1.1 request.")


def _check_host(head: Head, hosts: list[bytes]) -> None:
    """RFC 9112, 3.2: exactly one in HTTP/1.1, and a valid one."""
    if len(hosts) > 1 or (not hosts and head.version != b"1.0"):
        raise BadHead(400, "Send exactly one Host header.")
    for host in hosts:
        found = _HOST.fullmatch(host)
        if found is None or not _has_labels(found[1]):
            raise BadHead(400, "The Host header is not valid.")


def _has_labels(name: bytes) -> bool:
    """Whether no label is empty or too long, as werkzeug requires; a final dot for the root is allowed."""
    return name.startswith(b"[") or all(
        1 <= len(label) <= MAX_LABEL for label in name.removesuffix(b".").split(b".")
    )


def _check_framing(head: Head, names: set[bytes]) -> None:
    """Raises BadHead for two lengths at once: request smuggling through proxies uses them (RFC 9112, 6.1)."""
    if b"transfer-encoding" in names and (b"content-length" in names or head.version == b"1.0"):
        raise BadHead(400, "The length of the request is ambiguous.")
