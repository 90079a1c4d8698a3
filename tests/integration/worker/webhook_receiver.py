"""A receiver of webhooks with TLS that answers as a test wants, and a project that has webhooks."""

import base64
import hashlib
import hmac
import itertools
import json
import re
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from uuid import UUID

from core import ids
from core.config import settings
from core.identity.encryption import Sealer
from core.webhooks import catalogue, sealed
from core.webhooks.sealed import Sealed
from tests.integration.worker.office import Office
from tests.receiver import Receiver, answer, certified
from tests.running import Running
from tests.stack import SECRET, Stack

SEALER = Sealer.of(settings.read({"PARLEY_SECRET_KEY": SECRET}))
KEY = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
OTHER_KEY = "whsec_" + base64.b64encode(b"fedcba9876543210fedcba9876543210").decode()
OK = answer(b"thanks")


class Received(NamedTuple):
    """One request. `headers` by their names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def event(self) -> str:
        name: str = self.json["type"]
        return name

    def signed_by(self, key: str) -> bool:
        """Standard Webhooks 1.0, written from its specification: not the code under test."""
        signed = b".".join(
            [self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(), self.body]
        )
        digest = hmac.new(base64.b64decode(key[6:]), signed, hashlib.sha256).digest()
        return f"v1,{base64.b64encode(digest).decode()}" in self.headers["webhook-signature"].split(" ")


Answers = Callable[[Received], bytes | None]
"""The response to a request; None: none at all, the connection stays open until the sender leaves."""


class WebhookReceiver(Receiver):
    """Keeps what it received, in order."""

    def __init__(self, folder: Path, answers: Answers | None = None) -> None:
        tls, _ = certified(folder, "localhost", "127.0.0.1")
        self.received: list[Received] = []
        self.authority = str(folder / "receiver.pem")
        self.answers: Answers = answers or (lambda _: OK)
        self._lock = threading.Lock()
        super().__init__(self._answer, tls=tls)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/hook"

    @property
    def events(self) -> list[str]:
        return [one.event for one in self.received]

    def use(self, answers: Answers) -> None:
        """Afterwards no request is being answered by those before."""
        with self._lock:
            self.answers = answers

    def _answer(self, connection: socket.socket) -> None:
        """One request after the other, as long as the sender keeps the connection."""
        with connection.makefile("rb") as reader:
            while reader.peek(1):
                made = _request(reader)
                with self._lock:
                    self.received.append(made)
                    said = self.answers(made)
                if said is None:
                    connection.recv(1)  # until the sender gives up
                    return
                connection.sendall(said)


def _request(reader: BinaryIO) -> Received:
    """Raises ConnectionError if the sender was killed in the middle."""
    lines = []
    while (line := reader.readline()) != b"\r\n":
        if not line.endswith(b"\n"):
            raise ConnectionAbortedError
        lines.append(line.decode("latin-1").strip())
    match = re.match(r"POST (\S+) HTTP/1.1", lines[0])
    assert match, lines
    headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines[1:])}
    body = reader.read(int(headers["content-length"]))
    if len(body) < int(headers["content-length"]):
        raise ConnectionAbortedError
    return Received(match[1], headers, body)


class Integrated(Office):
    """A project with webhooks, and workers that deliver."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack)
        self._number = itertools.count()

    def webhook(
        self,
        url: str,
        *events: str,
        ordered: bool = True,
        headers: dict[str, str] | None = None,
        secret: str = KEY,
        previous: str | None = None,
    ) -> UUID:
        made = ids.make()
        asked = events or catalogue.NAMES
        content = Sealed(secret=secret, previous=previous, headers=headers or {})
        self.stack.sql(
            "INSERT INTO webhooks (project_id, id, url, events, kinds, sealed, ordered, previous_until) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, now() + interval '1 hour')",
            UUID(bytes=self.project),
            UUID(bytes=made),
            url,
            list(asked),
            list(catalogue.kinds_of(asked)),
            sealed.seal(SEALER, content),
            ordered,
        )
        return UUID(bytes=made)

    def worker(self, *stages: str, **given: Any) -> Running:
        """A worker that may send to this machine."""
        allowed = {"outbound_networks": "127.0.0.0/8, ::1"} | given
        made = self.stack.spawn("worker", *(stages or ("webhooks",)), **allowed)
        made.wait_for_line("worker.ready")
        return made

    def deliveries(self) -> list[tuple[str, str, int]]:
        """Event, state and tries of each, in the order of the events."""
        rows = self.stack.sql(
            "SELECT event, state, tries FROM webhook_deliveries ORDER BY event_number, position"
        )
        return [tuple(row) for row in rows]

    def due_again(self) -> None:
        """What waits for another attempt is due now, and no circuit is open."""
        self.stack.sql("UPDATE webhook_deliveries SET due_at = now() WHERE state = 'queued'")
        self.stack.sql("UPDATE webhooks SET paused_until = NULL")

    def settled(self, by: Running, *, states: Sequence[str] = ("delivered",)) -> None:
        by.wait_until(
            lambda: (
                not self.stack.sql("SELECT FROM consumer_events WHERE consumer = 'webhooks'")
                and bool(found := self.deliveries())
                and all(state in states for _, state, _ in found)
            ),
            what=f"bringing every delivery to {states}",
        )
