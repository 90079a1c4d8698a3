"""Projects and agents for tests, and an agent's client that behaves like the dashboard."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import argon2
import httpx
import trio

from tests import canaries
from tests.client import MESSAGE, RESYNC, WATCH, Frame, Socket, greet, opened, text
from tests.patience import PATIENCE
from tests.stack import Stack

PASSWORD = "correct horse battery"
canaries.plant(PASSWORD)
_HASH = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1).hash(PASSWORD)


def add_project(
    stack: Stack, *, name: str = "Shop", domains: tuple[str, ...] = ("127.0.0.1", "localhost")
) -> bytes:
    """Create a project without members; returns its id."""
    project = os.urandom(16)
    stack.sql(
        "INSERT INTO projects (id, name, domains) VALUES ($1, $2, $3)",
        UUID(bytes=project),
        name,
        list(domains),
    )
    return project


def add_agent(stack: Stack, project: bytes, *, name: str = "Mai", role: str = "manager") -> str:
    """Create a member of the project; returns the email address, to sign in with PASSWORD."""
    user, email = UUID(bytes=os.urandom(16)), f"{name.lower()}-{os.urandom(4).hex()}@example.com"
    stack.sql(
        "INSERT INTO users (id, email, full_name, password_hash, email_verified_at) "
        "VALUES ($1, $2, $3, $4, now())",
        user,
        email,
        name,
        _HASH,
    )
    stack.sql(
        "INSERT INTO memberships (project_id, user_id, role) VALUES ($1, $2, $3)",
        UUID(bytes=project),
        user,
        role,
    )
    return email


class Agent:
    """A signed-in agent with a socket that watches the inbox and repairs gaps over REST."""

    def __init__(self, http: httpx.AsyncClient, project: bytes, socket: Socket) -> None:
        self.http = http
        self.project = project
        self.socket = socket
        self.received: dict[bytes, dict[int, str]] = {}  # conversation → seq → body
        self.repeated = 0
        self.gaps = 0
        self._news = trio.Event()

    def path(self, rest: str) -> str:
        return f"/api/v1/projects/{text(self.project)}{rest}"

    async def call(self, method: str, rest: str, **given: Any) -> Any:
        """The JSON of a route of the project; fails on any status but 2xx."""
        answer = await self.http.request(method, self.path(rest), **given)
        assert answer.is_success, f"{method} {rest}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def reply(self, conversation: bytes, body: str, **given: Any) -> Any:
        content = {"ref": text(os.urandom(16)), "body": body, "kind": "text"} | given
        return await self.call("POST", f"/conversations/{text(conversation)}/messages", json=content)

    async def follow(self) -> None:
        """Keep `received` complete; run it in a nursery."""
        seen = 0
        while self.socket.closed is None or seen < len(self.socket.frames):
            for frame in self.socket.frames[seen:]:
                seen += 1
                await self._take(frame)
            self._news.set()
            self._news = trio.Event()
            if seen == len(self.socket.frames):
                await self.socket._news.wait()

    async def until(self, holds: Callable[[], bool], *, within: float = PATIENCE) -> None:
        """Check `holds` after each frame until it is true; fails after `within` seconds."""
        with trio.move_on_after(within):
            while not holds():
                await self._news.wait()
            return
        raise AssertionError(
            f"not within {within} s; {sum(map(len, self.received.values()))} messages received"
        )

    async def heard(self) -> None:
        """Until another frame came."""
        await self._news.wait()

    @property
    def count(self) -> int:
        return sum(map(len, self.received.values()))

    async def _take(self, frame: Frame) -> None:
        if frame[0] == MESSAGE:
            conversation, seq, body = frame[1], frame[2], frame[8]
            known = self.received.setdefault(conversation, {})
            self.repeated += seq in known
            known[seq] = body
            if len(known) < max(known):
                self.gaps += 1
                await self._fetch(conversation)
        elif frame[0] == RESYNC:
            listed = await self.call("GET", "/conversations?limit=100")
            for conversation in listed["items"]:
                await self._fetch(UUID(conversation["id"]).bytes)

    async def _fetch(self, conversation: bytes) -> None:
        known, more = self.received.setdefault(conversation, {}), True
        after = next(seq for seq in range(len(known) + 1) if seq + 1 not in known)
        while more:
            page = await self.call(
                "GET", f"/conversations/{text(conversation)}/messages?after_seq={after}&limit=50"
            )
            for item in page["items"]:
                known.setdefault(item["seq"], item["body"])
                after = item["seq"]
            more = page["has_more"]


@asynccontextmanager
async def signed_in(port: int, project: bytes, email: str) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client with an access token."""
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False
    ) as http:
        answer = await http.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        canaries.harvest(answer.json())
        canaries.harvest_cookies(answer.headers.get_list("Set-Cookie"))
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield http


@asynccontextmanager
async def at_work(port: int, project: bytes, email: str) -> AsyncIterator[Agent]:
    """A signed-in agent with an open socket, `watch inbox` sent and `follow` running."""
    async with signed_in(port, project, email) as http:
        ticket = await http.post(f"/api/v1/projects/{text(project)}/socket-tickets")
        assert ticket.status_code == 201, ticket.text
        async with opened(port, project) as socket:
            await greet(socket, project, jwt=ticket.json()["ticket"])
            await socket.send(WATCH, 2, "inbox", None)
            await socket.first(3, lambda frame: frame[1] == 2)
            agent = Agent(http, project, socket)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(agent.follow)
                yield agent
                nursery.cancel_scope.cancel()
