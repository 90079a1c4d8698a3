"""Steps of the tests of attachments: tickets, uploads, messages with files."""

import os
from typing import Any
from uuid import uuid4

from core import ids
from core.db.connection import Connection
from core.ids import ProjectId, VisitorId
from tests.integration.api.api_fixture import PAGE, Answer, ApiFixture, Caller, Person, of, text

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
BYTES = {"Content-Type": "application/octet-stream"}


async def attachment(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    """A row of a file that a manager has uploaded, for the matrix of routes."""
    made = ids.make()
    await conn.execute(
        "INSERT INTO attachments (project_id, id, party, uploader_id, state, name, media_type, size, "
        "counted, created_at, expires_at) "
        "VALUES ($1, $2, 'agent', $3, 'ready', $4, 'application/pdf', 7, 7, $5, $6)",
        project,
        made,
        owner.id,
        f"canary-{os.urandom(4).hex()}.pdf",
        ids.now(),
        ids.now() + 1_000_000,
    )
    return made


class Uploads:
    """Somebody who uploads files, and loads them: a visitor, or an agent."""

    def __init__(self, caller: Caller, base: str, headers: dict[str, str]) -> None:
        self.caller = caller
        self.base = base
        self.headers = headers

    async def ticket(self, name: str, size: int) -> Answer:
        return await self.caller.call("POST", self.base, {"name": name, "bytes": size}, self.headers)

    async def put(self, file: str, data: bytes) -> Answer:
        return await self.caller.call("PUT", f"{self.base}/{file}", headers=self.headers | BYTES, data=data)

    async def upload(self, data: bytes, name: str = "a.pdf") -> dict[str, Any]:
        """The file as the answer to its upload has it."""
        ticket = await self.ticket(name, len(data))
        assert ticket.status == 201, ticket.body
        answer = await self.put(ticket.json["id"], data)
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json
        return found

    async def get(self, file: str) -> Answer:
        return await self.caller.call("GET", f"{self.base}/{file}", headers=self.headers)

    async def delete(self, file: str) -> Answer:
        return await self.caller.call("DELETE", f"{self.base}/{file}", headers=self.headers)

    async def load(self, address: str) -> Answer:
        """The file at a signed address, as a browser without any sign-in."""
        return await self.caller.call("GET", address)


def as_visitor(api: ApiFixture, project: ProjectId, visitor: VisitorId) -> Uploads:
    headers = {"Origin": PAGE, "Authorization": f"Visitor {api.key(project, visitor)}"}
    return Uploads(api.anonymous(), f"/api/v1/public/projects/{text(project)}/attachments", headers)


async def as_agent(api: ApiFixture, project: ProjectId, name: str = "Mai") -> Uploads:
    caller = await api.sign_in(await api.person(name, agent=project))
    return Uploads(caller, of(project, "/attachments"), {})


async def send(agent: Uploads, project: ProjectId, conversation: bytes, *files: str, **given: Any) -> Answer:
    """An agent's message with these files."""
    body = {"ref": str(uuid4()), "attachments": files, **given}
    return await agent.caller.post(of(project, f"/conversations/{text(conversation)}/attachments"), body)
