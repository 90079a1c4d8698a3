"""Hop 2, before it: may this connection become a websocket? Refusals are plain HTTP that says why."""

from collections.abc import Iterable
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from core import ids, origins
from core.ids import ProjectId
from core.model import Project
from protocol import limits

MINUTE: Final = 60.0  # seconds
ADDRESSES: Final = 50_000  # counted at once; beyond it the least recent is forgotten
VERSION: Final = "13"  # of RFC 6455
SUBPROTOCOLS: Final = (limits.SUBPROTOCOL_MSGPACK, limits.SUBPROTOCOL_JSON)


class Refused(Exception):
    """An HTTP status before the upgrade; `retry` in seconds becomes Retry-After."""

    def __init__(self, status: int, reason: str, *, retry: float | None = None) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.retry = retry


class Asked(NamedTuple):
    """What an opening request says of itself."""

    project: ProjectId
    subprotocol: str
    origin: str | None
    host: str | None
    browser: str


class Handshakes:
    """How many each address has tried within the last minute: a sliding window of two fixed ones.

    Counted per process, not in Redis: a flood is refused without a round trip, also while Redis is away.
    """

    def __init__(self, *, per_minute: int) -> None:
        self._limit = per_minute
        self._tries: dict[
            str, tuple[int, int, int]
        ] = {}  # address → minute, tries in it, tries in the one before

    def check(self, address: str, now: float) -> None:
        """Counts one more; raises Refused 429."""
        minute, share = int(now // MINUTE), now % MINUTE / MINUTE
        last, current, before = self._tries.pop(address, (minute, 0, 0))
        if last != minute:
            current, before = 0, current if last == minute - 1 else 0
        allowed = current + 1 + before * (1 - share) <= self._limit
        self._tries[address] = (minute, current + allowed, before)
        if len(self._tries) > ADDRESSES:
            del self._tries[next(iter(self._tries))]
        if not allowed:
            raise Refused(429, "too many connections from your address", retry=MINUTE * (1 - share) + 1)


def read(request: Request) -> Asked:
    """The parts of `GET /ws?project=…`; raises Refused for a request that asks for nothing we have."""
    headers = request.headers
    if "websocket" not in _one(headers, "Upgrade").lower():
        raise Refused(426, "this address speaks websocket only")
    if _one(headers, "Sec-WebSocket-Version") != VERSION:
        raise Refused(426, f"websocket version {VERSION} is spoken here")
    offered = [
        name.strip() for value in headers.get_all("Sec-WebSocket-Protocol") for name in value.split(",")
    ]
    subprotocol = next((name for name in SUBPROTOCOLS if name in offered), None)
    if subprotocol is None:
        raise Refused(426, f"offer the subprotocol {limits.SUBPROTOCOL_MSGPACK}")
    given = parse_qs(urlsplit(request.path).query).get("project", [""])
    try:
        project = ProjectId(ids.parse(given[0]))
    except ValueError:
        raise Refused(400, "the address needs ?project= and a project's id") from None
    return Asked(
        project,
        subprotocol,
        _one(headers, "Origin") or None,
        _one(headers, "Host") or None,
        _one(headers, "User-Agent"),
    )


def judge(asked: Asked, project: Project | None, *, public: str) -> bool:
    """Whether the page is our own; raises Refused 403 for a page that may not use this project.

    An unknown project and a foreign page get the same answer.
    """
    own = origins.is_own(asked.origin, public=public, host=asked.host)
    if project is None or not (own or origins.allowed(asked.origin, project.domains)):
        raise Refused(403, "this page's origin is not among the project's domains")
    return own


def response(refused: Refused) -> Response:
    """A refusal as a browser's network panel shows it."""
    body = f"{refused.reason}\n".encode()
    headers = Headers(
        [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
        ]
    )
    if refused.status == 426:
        headers["Upgrade"] = "websocket"
        headers["Sec-WebSocket-Version"] = VERSION
    if refused.retry is not None:
        headers["Retry-After"] = str(max(1, round(refused.retry)))
    return Response(refused.status, REASONS[refused.status], headers, body)


REASONS: Final = {
    400: "Bad Request",
    403: "Forbidden",
    426: "Upgrade Required",
    429: "Too Many Requests",
    503: "Service Unavailable",
}


def _one(headers: Headers, name: str) -> str:
    """The header's value; empty when it is absent, or given twice, which only an attacker does."""
    values: Iterable[str] = headers.get_all(name)
    found = list(values)
    return found[0] if len(found) == 1 else ""
