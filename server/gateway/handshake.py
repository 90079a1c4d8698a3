"""Before hop 2: the websocket handshake: checks origin, headers, project; refuses with problem documents."""

import hashlib
import re
from base64 import b64encode
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

from core import ids
from core.ids import ProjectId
from core.model import Project
from core.text import origins
from protocol import limits
from server.door import heads, refusals

VERSION: Final = "13"  # of RFC 6455
GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # of RFC 6455
SUBPROTOCOLS: Final = (limits.SUBPROTOCOL_MSGPACK, limits.SUBPROTOCOL_JSON)
_UPGRADE: Final = re.compile(r"(?:^|,)\s*upgrade\s*(?:,|$)", re.IGNORECASE)
_KEY: Final = re.compile("[A-Za-z0-9+/]{22}==")
_LISTS: Final = ("connection", "sec-websocket-protocol")
_UPGRADE_REQUIRED: Final = (  # RFC 9110, 7.8: Connection must name Upgrade
    "Upgrade: websocket",
    f"Sec-WebSocket-Version: {VERSION}",
    "Connection: Upgrade, close",
)
CODES: Final = {
    400: "bad_request",
    403: "origin",
    426: "upgrade_required",
    429: "rate_limited",
    503: "unavailable",
}


class Refused(Exception):
    """An HTTP status before the upgrade; `retry` in seconds becomes Retry-After."""

    def __init__(self, status: int, reason: str, *, retry: float | None = None) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.retry = retry


class Asked(NamedTuple):
    """What an upgrade request contains."""

    project: ProjectId
    subprotocol: str
    origin: str | None
    host: str | None
    browser: str
    key: str


def read(head: bytes) -> Asked:
    """Parse the head of `GET /ws?project=…`, from its first line to the empty one; raises Refused.

    RFC 6455 section 4.2.1. Not by `heads.parse`, which drops the Upgrade offer and takes a quarter longer: a
    reconnect storm consists mostly of this.
    """
    line, fields = _parsed(head)
    if fields.get("upgrade", "").lower() != "websocket" or not _UPGRADE.search(fields.get("connection", "")):
        raise Refused(426, "This address accepts only websocket connections.")
    if fields.get("sec-websocket-version") != VERSION:
        raise Refused(426, f"Use websocket version {VERSION}.")
    if not fields.get("host"):
        raise Refused(400, "Send exactly one Host header.")  # RFC 6455, 4.2.1 and RFC 9112, 3.2
    offered = [one.strip() for one in fields.get("sec-websocket-protocol", "").split(",")]
    subprotocol = next((name for name in SUBPROTOCOLS if name in offered), None)
    if subprotocol is None:
        raise Refused(426, f"Offer the subprotocol {limits.SUBPROTOCOL_MSGPACK}.")
    method, _, rest = line.partition(" ")
    target, _, version = rest.partition(" ")
    if method != "GET" or version != "HTTP/1.1" or not target.isascii():
        raise Refused(400, "Use GET and HTTP/1.1.")
    key = fields.get("sec-websocket-key", "")
    if not _KEY.fullmatch(key):
        raise Refused(400, "Sec-WebSocket-Key must be 16 bytes in base64.")
    if fields.get("content-length", "0") != "0" or "transfer-encoding" in fields:
        raise Refused(400, "Send no body with the upgrade request.")
    return Asked(
        _project(target),
        subprotocol,
        fields.get("origin") or None,
        fields.get("host") or None,
        fields.get("user-agent", ""),
        key,
    )


def judge(asked: Asked, project: Project | None, *, public: str) -> bool:
    """Whether the page is our own; raises Refused 403 for a page that may not use this project.

    An unknown project and a foreign page get the same answer.
    """
    own = origins.is_own(asked.origin, public=public, host=asked.host)
    if project is None or not (own or origins.allowed(asked.origin, project.domains)):
        raise Refused(403, "The origin of this page is not among the project's domains.")
    return own


def accepted(asked: Asked) -> bytes:
    """The 101 response, without extensions."""
    digest = hashlib.sha1((asked.key + GUID).encode(), usedforsecurity=False).digest()
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {b64encode(digest).decode()}\r\n"
        f"Sec-WebSocket-Protocol: {asked.subprotocol}\r\n\r\n"
    ).encode()


def response(refused: Refused) -> bytes:
    """The HTTP response for a refusal; a browser's network panel shows its text."""
    return refusals.refusal(
        refused.status,
        refused.reason,
        code=CODES[refused.status],
        retry=None if refused.retry is None else max(1, round(refused.retry)),
        connection=_UPGRADE_REQUIRED if refused.status == 426 else ("Connection: close",),
    )


def _parsed(head: bytes) -> tuple[str, dict[str, str]]:
    """The request line, and the fields by lower-case name; a field sent twice, as attackers do, is empty."""
    line, *rest = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    fields: dict[str, str] = {}
    for one in rest:
        field = heads.FIELD.fullmatch(one)
        if field is None:
            raise Refused(400, "A header is malformed.")
        name, value = field[1].decode("ascii").lower(), field[2].decode("latin-1")
        if name in fields:
            value = f"{fields[name]},{value}" if name in _LISTS else ""
        fields[name] = value
    return line.decode("latin-1"), fields


@lru_cache(maxsize=1_024)
def _project(target: str) -> ProjectId:
    """The project in the query. Cached: most requests have one of a few targets. Refusals are not cached."""
    given = parse_qs(urlsplit(target).query).get("project", [""])
    try:
        return ProjectId(ids.parse(given[0]))
    except ValueError:
        raise Refused(400, "Add ?project= and a project's id to the address.") from None
