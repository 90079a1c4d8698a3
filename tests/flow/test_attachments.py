"""Messages with files through server and worker: what the visitor and the agent get."""

import os
from typing import Any
from uuid import UUID

import httpx
import pytest
import trio

from tests.client import ATTACH, ERROR, MESSAGE, STORED, text, until_answers_are_taken
from tests.flow.later import Talk, a_talk
from tests.integration.attachments.hostile import picture
from tests.patience import PATIENCE
from tests.people import add_project
from tests.running import Running
from tests.stack import Stack

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
BYTES = {"Content-Type": "application/octet-stream"}
REFUSED, BAD_FRAME, CONFLICT = 110, 105, 112


@pytest.fixture(scope="module")
def server(stack: Stack) -> Running:
    made = stack.spawn("server", handshakes_per_minute=10_000, messages_per_minute=10_000)
    stack.spawn("worker")
    trio.run(until_answers_are_taken, made.port or 0, add_project(stack))
    return made


class Visitor:
    """The visitor of a talk, with a page of the project's domains."""

    def __init__(self, talk: Talk, port: int) -> None:
        self.talk = talk
        self.base = f"/api/v1/public/projects/{text(talk.agent.project)}/attachments"
        server = f"http://127.0.0.1:{port}"
        self.headers = {"Origin": server, "Authorization": f"Visitor {talk.key}"}
        self.http = httpx.AsyncClient(
            base_url=server, headers=self.headers, timeout=PATIENCE, trust_env=False
        )

    async def ticket(self, name: str, size: int) -> dict[str, Any]:
        answer = await self.http.post(self.base, json={"name": name, "bytes": size})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def upload(self, data: bytes, name: str) -> str:
        ticket = await self.ticket(name, len(data))
        answer = await self.http.put(ticket["upload_url"], content=data, headers=BYTES)
        assert answer.json()["state"] == "ready", answer.text
        made: str = ticket["id"]
        return made

    async def attach(self, *files: str, body: str = "", ref: bytes | None = None) -> bytes:
        ref = ref or os.urandom(16)
        await self.talk.socket.send(ATTACH, 9, ref, self.talk.conversation, list(files), body)
        return ref

    async def refused(self, ref: bytes) -> int:
        """The code of the error that names this ref."""
        frame = await self.talk.socket.first(ERROR, lambda one: one[6] == ref)
        code: int = frame[2]
        return code


async def test_a_visitors_picture_reaches_the_agent_and_a_repeated_frame_changes_nothing(
    stack: Stack, server: Running
) -> None:
    async with a_talk(stack, server) as talk:
        visitor = Visitor(talk, server.port or 0)
        files = [await visitor.upload(picture("JPEG"), "IMG.jpg"), await visitor.upload(PDF, "a.pdf")]
        ref = await visitor.attach(*files, body="Look")
        stored = await talk.socket.first(STORED, lambda frame: frame[1] == ref)
        shown = await talk.agent.socket.first(MESSAGE, lambda frame: frame[7] == "attachment")
        assert shown[8] == "Look"
        content = shown[10]
        assert content["captioned"] is True
        assert [one["id"] for one in content["files"]] == files
        jpeg, pdf = content["files"]
        assert jpeg["thumbnail"] is True and (jpeg["width"], jpeg["height"]) == (60, 40)
        assert pdf == {"id": files[1], "name": "a.pdf", "media_type": "application/pdf", "size": len(PDF)}

        await visitor.attach(*files, body="Look", ref=ref)
        again = await talk.socket.first(STORED, lambda frame: frame[1] == ref and frame is not stored)
        assert again[:5] == stored[:5]
        await visitor.attach(files[0], ref=ref)
        assert await visitor.refused(ref) == CONFLICT
        assert await visitor.refused(await visitor.attach(files[0])) == REFUSED
        found = await talk.agent.call("GET", f"/attachments/{files[0]}")
        loaded = await visitor.http.get(found["thumbnail_url"])
        assert (loaded.status_code, loaded.headers["Content-Type"]) == (200, "image/webp")
        await visitor.http.aclose()


async def test_frames_that_name_no_files_are_refused(stack: Stack, server: Running) -> None:
    async with a_talk(stack, server) as talk:
        visitor = Visitor(talk, server.port or 0)
        file = str(UUID(bytes=os.urandom(16)))
        for files, code in (
            ([], BAD_FRAME),
            ([file] * 2, BAD_FRAME),
            (["x" * 36], BAD_FRAME),
            ([file], REFUSED),
        ):
            assert await visitor.refused(await visitor.attach(*files)) == code
        assert await talk.write("second") == 2
        await visitor.http.aclose()
