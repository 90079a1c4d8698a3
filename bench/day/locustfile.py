"""`make bench-ui`: VisitorUser and AgentUser for Locust, which behave as day.toml says."""

import http.client
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from locust import TaskSet, User, between, events
from locust.exception import StopUser

from bench import target
from bench.addresses import Addresses
from bench.day import habits
from bench.day.line import TIMEOUT, Hung, Line
from bench.target import Target, Unfit
from protocol import from_client, from_server

HABITS: Final = habits.read()
PAGES: Final = ("/", "/prices", "/help", "/contact", "/cart")
WORDS: Final = ("hello", "my", "order", "has", "not", "come", "yet", "where", "is", "it", "thank", "you")
OPTIONS: Final = ("data", "project", "email", "password")

_addresses: list[Addresses] = []


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]  # locust's
def add_options(parser: Any) -> None:
    """The options of `python -m bench`; --host is its --target."""
    for name in OPTIONS:
        parser.add_argument(f"--{name}", env_var=f"BENCH_{name.upper()}", default="")


def weighted(*habits: tuple[Callable[..., Any], int]) -> list[TaskSet | Callable[..., Any]]:
    """Each task as often as its weight says."""
    return [task for task, weight in habits for _ in range(weight)]


class Person(User):
    """The target of a simulated user, and its timings."""

    abstract = True
    place: Target
    source: str | None
    line: Line | None = None

    def on_start(self) -> None:
        given = self.environment.parsed_options
        try:
            self.place = target.find(
                Path(given.data) if given.data else target.directory(),
                url=self.host or None,
                project=given.project or None,
                email=given.email or None,
                password=given.password or None,
            )
        except Unfit as why:
            self.count("find a server", 0.0, why)
            raise StopUser from None
        if not _addresses:
            _addresses.append(Addresses(local=self.place.local))
        self.source = _addresses[0].next()

    def on_stop(self) -> None:
        if self.line is not None:
            self.line.close()

    def take(self, frame: from_server.ServerFrame) -> None:
        """Handles a frame of the server."""

    def connected(self, greeting: from_client.Greeting) -> Line | None:
        """The open connection, made when there is none; None when that failed, which is counted."""
        if self.line is not None and self.line.open:
            return self.line
        began = time.perf_counter()
        try:
            self.line = Line(
                self.place.url, greeting, self.take, project=self.place.projects[0], source=self.source
            )
        except Hung as why:
            self.line = None
            self.count("hello → welcome", began, why)
            return None
        self.count("hello → welcome", began)
        return self.line

    def rest(self, method: str, path: str, name: str, body: object = None, *, bearer: str = "") -> Any:
        """The JSON response of a route; None when it failed, which is counted."""
        parts, began = urlsplit(self.place.url), time.perf_counter()
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        source = (self.source, 0) if self.source else None
        link = kind(parts.netloc, timeout=TIMEOUT, source_address=source)
        headers = {"Content-Type": "application/json", "Origin": self.place.url} | (
            {"Authorization": bearer} if bearer else {}
        )
        try:
            content = None if body is None else msgspec.json.encode(body)
            link.request(method, f"/api/v1/{path}", body=content, headers=headers)
            answer = link.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.count(name, began, error, kind="REST")
            return None
        finally:
            link.close()
        failed = answer.status >= 300
        self.count(name, began, RuntimeError(f"{answer.status}") if failed else None, kind="REST")
        return msgspec.json.decode(said) if said and not failed else None

    def count(self, name: str, began: float, why: Exception | None = None, *, kind: str = "WS") -> None:
        """Reports one timed action to Locust's statistics."""
        took = (time.perf_counter() - began) * 1e3 if began else 0.0
        self.environment.events.request.fire(
            request_type=kind, name=name, response_time=took, response_length=0, exception=why, context={}
        )


class VisitorUser(Person):
    """Opens a page, writes, navigates, leaves and returns; keeps each text until it is stored."""

    weight = HABITS.visitors_per_agent
    wait_time = between(*HABITS.visitor_thinks)

    def on_start(self) -> None:
        super().on_start()
        self.key: str | None = None
        self.conversation: bytes | None = None
        self.seen = 0
        self.unsent: dict[bytes, tuple[float, str]] = {}
        self.rest("GET", f"public/projects/{self.place.projects[0]}/settings", "open page")
        self.arrive()

    def arrive(self) -> Line | None:
        """The connection; a new one resends the texts without `stored`."""
        if self.line is not None and self.line.open:
            return self.line
        project = UUID(self.place.projects[0]).bytes
        have = [(self.conversation, self.seen)] if self.conversation else []
        opened = from_client.OpenedPage(url=self.page(), title="Bench")
        greeting = from_client.Greeting(
            project=project, tab=os.urandom(16), key=self.key, have=have, page=opened
        )
        if (line := self.connected(greeting)) is not None:
            self.key = line.greeted.key or self.key
            for ref, (_, text) in self.unsent.items():
                line.send(from_client.Send(1, ref, None, "text", text))
        return line

    def send(self) -> None:
        if (line := self.arrive()) is None:
            return
        line.send(from_client.Typing(self.conversation, on=True))
        text = " ".join(random.choices(WORDS, k=random.randint(2, 15)))
        ref = os.urandom(16)
        self.unsent[ref] = (time.perf_counter(), text)
        line.send(from_client.Send(1, ref, None, "text", text))

    def navigate(self) -> None:
        if (line := self.arrive()) is not None:
            line.send(from_client.Page(self.page(), "Bench"))

    def read(self) -> None:
        if (line := self.arrive()) is not None and self.conversation is not None:
            line.send(from_client.Read(self.conversation, self.seen))

    def leave_and_come_back(self) -> None:
        if self.line is not None:
            self.line.close()
        self.wait()  # type: ignore[no-untyped-call]  # locust's
        self.arrive()

    def take(self, frame: from_server.ServerFrame) -> None:
        if isinstance(frame, from_server.Stored) and frame.ref in self.unsent:
            self.count("send → stored", self.unsent.pop(frame.ref)[0])
            self.conversation, self.seen = frame.conversation, max(self.seen, frame.seq)
        elif isinstance(frame, from_server.Message):
            self.conversation, self.seen = frame.conversation, max(self.seen, frame.seq)
        elif isinstance(frame, from_server.Error):
            self.count("send → stored", 0.0, RuntimeError(f"{frame.code} {frame.message}"))

    def page(self) -> str:
        return f"{self.place.url}{random.choice(PAGES)}"

    tasks = weighted(
        (send, HABITS.visitor.send),
        (navigate, HABITS.visitor.navigate),
        (read, HABITS.visitor.read),
        (leave_and_come_back, HABITS.visitor.leave_and_come_back),
    )


class AgentUser(Person):
    """Signs in, watches the inbox, answers the last visitor who wrote, reads the list."""

    weight = 1
    wait_time = between(*HABITS.agent_thinks)

    def on_start(self) -> None:
        super().on_start()
        self.bearer = ""
        self.waiting: dict[bytes, int] = {}  # conversation → seq of what a visitor wrote last
        self.arrive()

    def arrive(self) -> Line | None:
        """The connection that watches the inbox."""
        if self.line is not None and self.line.open:
            return self.line
        account = self.place.accounts[0]
        credentials = {"email": account.email, "password": account.password}
        signed_in = self.rest("POST", "auth/login", "sign in", credentials)
        self.bearer = f"Bearer {signed_in['access_token']}" if signed_in else ""
        made = self.rest("POST", self.path("socket-tickets"), "ticket", bearer=self.bearer)
        if made is None:
            return None
        project = UUID(account.project).bytes
        greeting = from_client.Greeting(project=project, tab=os.urandom(16), jwt=made["ticket"])
        if (line := self.connected(greeting)) is not None:
            line.send(from_client.Watch(2, "inbox"))
        return line

    def answer(self) -> None:
        if self.arrive() is None or not self.waiting:
            return
        conversation, _ = self.waiting.popitem()
        reply = {"ref": str(UUID(bytes=os.urandom(16))), "body": "I am looking into it.", "kind": "text"}
        path = self.path(f"conversations/{UUID(bytes=conversation)}/messages")
        self.rest("POST", path, "answer", reply, bearer=self.bearer)

    def read(self) -> None:
        if (line := self.arrive()) is not None and self.waiting:
            line.send(from_client.Read(*random.choice(list(self.waiting.items()))))

    def look(self) -> None:
        if self.arrive() is not None:
            self.rest("GET", self.path("conversations?limit=50"), "inbox", bearer=self.bearer)

    def take(self, frame: from_server.ServerFrame) -> None:
        if isinstance(frame, from_server.Message) and frame.author.party == "visitor":
            self.waiting[frame.conversation] = frame.seq
            while len(self.waiting) > 100:  # leave the longest-waiting to other agents
                del self.waiting[next(iter(self.waiting))]

    def path(self, rest: str) -> str:
        return f"projects/{self.place.projects[0]}/{rest}"

    tasks = weighted((answer, HABITS.agent.answer), (read, HABITS.agent.read), (look, HABITS.agent.look))
