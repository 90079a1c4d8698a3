"""`python -m tests.flow.uploader PORT PROJECT COUNT` uploads so many photos at once, each of another visitor.

A process of its own, of lower priority: what clients cost is not what the server does.
"""

import os
import sys
from uuid import UUID

import httpx
import trio

from core import ids
from core.identity import visitor_keys
from core.ids import ProjectId, VisitorId
from tests.flow.test_attachments import BYTES
from tests.integration.attachments.hostile import picture
from tests.patience import PATIENCE
from tests.stack import SECRET


async def upload(http: httpx.AsyncClient, project: ProjectId, number: int, photo: bytes) -> None:
    """Repeats what the server has no room for."""
    key = visitor_keys.sign_visitor_key(SECRET, project, VisitorId(ids.make()), ids.now())
    headers = {"Authorization": f"Visitor {key}", "X-Forwarded-For": f"198.51.{number}.7"}
    path = f"/api/v1/public/projects/{UUID(bytes=project)}/attachments"
    ticket = await http.post(path, json={"name": f"{number}.jpg", "bytes": len(photo)}, headers=headers)
    assert ticket.status_code == 201, ticket.text
    while True:
        answer = await http.put(ticket.json()["upload_url"], content=photo, headers=headers | BYTES)
        if answer.status_code != 503:
            break
        await trio.sleep(float(answer.headers["Retry-After"]))
    assert answer.json()["state"] == "ready", answer.text


async def main(port: int, project: ProjectId, count: int) -> None:
    photo = picture("JPEG", (1600, 1200), quality=90)
    photo += os.urandom(300_000)  # behind its end: as long as a photo's, and gone when it is made anew
    server = f"http://127.0.0.1:{port}"
    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(
        base_url=server, headers={"Origin": server}, timeout=5 * PATIENCE, limits=limits, trust_env=False
    ) as http:
        with trio.fail_after(5 * PATIENCE):
            async with trio.open_nursery() as nursery:
                for number in range(count):
                    nursery.start_soon(upload, http, project, number, photo)


if __name__ == "__main__":
    os.nice(10)
    trio.run(main, int(sys.argv[1]), ProjectId(UUID(sys.argv[2]).bytes), int(sys.argv[3]))
