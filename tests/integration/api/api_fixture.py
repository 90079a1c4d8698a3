"""The app with the data of the API's tests: projects, their people, and visitors who wrote."""

import os
import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import argon2
from quart.typing import TestClientProtocol
from quart_trio import QuartTrio

from core import ids
from core.apply.apply import apply
from core.commands import PostMessage
from core.db.identity import users
from core.db.projects import members, projects
from core.identity import passwords, visitor_keys
from core.ids import ConversationId, MessageId, ProjectId, Ref, UserId, VisitorId
from core.model import Author, Meta
from server.context import Context
from tests import canaries
from tests.stack import SECRET

PASSWORD = "correct horse battery"
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The real one takes 20 ms of CPU for each hash; tests/unit/core has that."""
PAGE = "https://shop.example"
OURS = "http://127.0.0.1:8000"
TRACE = re.compile(rb',"trace":"[^"]*"')


@cache
def hash_by(hasher: argon2.PasswordHasher) -> str:
    """The hash of PASSWORD."""
    return hasher.hash(PASSWORD)


@dataclass
class Person:
    """A user who can sign in."""

    id: UserId
    email: str
    name: str


@dataclass
class Answer:
    """An HTTP answer, read; `body` without the `trace` of a problem, in which all answers differ."""

    status: int
    headers: Any
    body: bytes
    json: Any


class ApiFixture:
    """The app on its servers, with the data that the tests create."""

    def __init__(self, app: QuartTrio, context: Context) -> None:
        self.app = app
        self.context = context

    async def project(self, name: str = "Shop", *domains: str) -> ProjectId:
        made = ProjectId(ids.make())
        async with self.context.database.transaction() as conn:
            await projects.add(conn, project=made, name=name, domains=domains or ("shop.example",))
        return made

    async def person(self, name: str, **roles: ProjectId) -> Person:
        """Create a user; `agent=project` or `manager=project` adds them as a member."""
        made = Person(UserId(ids.make()), f"{name.lower()}-{os.urandom(4).hex()}@shop.example", name)
        async with self.context.database.transaction() as conn:
            await users.add(
                conn,
                user=made.id,
                email=made.email,
                full_name=name,
                password_hash=hash_by(passwords._hasher),
                verified_at=ids.now(),
            )
            for role, project in roles.items():
                await members.add(conn, project=project, user=made.id, role=role, now=ids.now())  # type: ignore[arg-type]
        return made

    async def writes(
        self,
        project: ProjectId,
        body: str,
        *,
        visitor: VisitorId | None = None,
        at: int | None = None,
        meta: Meta | None = None,
    ) -> tuple[VisitorId, ConversationId]:
        """Store a visitor's message as the worker does."""
        who = visitor or VisitorId(ids.make())
        now = at or int.from_bytes(ids.make()[:6], "big")
        command = PostMessage(
            project=project,
            author=Author("visitor", who),
            ref=Ref(ids.make()),
            message=MessageId(ids.make()),
            conversation=None,
            kind="text",
            body=body,
            meta=meta or {},
            at=now,
            language="vi",
        )
        async with self.context.database.transaction() as conn:
            (result,) = await apply(conn, [command], now=now)
        assert result is not None
        return who, result.conversation  # type: ignore[union-attr]

    def client(self) -> TestClientProtocol:
        return self.app.test_client()

    async def sign_in(self, person: Person) -> "Caller":
        caller = Caller(self)
        answer = await caller.post("/api/v1/auth/login", {"email": person.email, "password": PASSWORD})
        assert answer.status == 200, answer.body
        caller.token = answer.json["access_token"]
        return caller

    def anonymous(self) -> "Caller":
        return Caller(self)

    def key(self, project: ProjectId, visitor: VisitorId) -> str:
        return visitor_keys.sign_visitor_key(SECRET, project, visitor, int.from_bytes(ids.make()[:6], "big"))


class Caller:
    """A client, with or without an access token; keeps its cookies."""

    def __init__(self, api: ApiFixture) -> None:
        self.client = api.client()
        self.token: str | None = None

    async def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **given: Any
    ) -> Answer:
        sent = dict(headers or {})
        if self.token and "Authorization" not in sent:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            given["json"] = body
        canaries.harvest(body)
        answer = await self.client.open(path, method=method, headers=sent, **given)
        raw = await answer.get_data()
        is_json = "json" in (answer.mimetype or "") and "Content-Encoding" not in answer.headers
        read = await answer.get_json(force=True) if is_json and raw else None
        canaries.harvest(read)
        canaries.harvest_cookies(answer.headers.getlist("Set-Cookie"))
        return Answer(answer.status_code, answer.headers, TRACE.sub(b"", raw), read)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.call("GET", path, headers=headers)

    async def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        return await self.call("POST", path, body, headers)

    async def put(self, path: str, body: Any) -> Answer:
        return await self.call("PUT", path, body)


def text(value: bytes) -> str:
    return str(UUID(bytes=value))


def of(project: bytes, rest: str = "") -> str:
    return f"/api/v1/projects/{text(project)}{rest}"
