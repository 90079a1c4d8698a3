"""A server that is killed while a file is uploaded leaves nothing, once the janitor's time is over."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import trio

from core import ids
from core.attachments import limits
from core.storage.directory import Directory
from tests.client import until_answers_are_taken
from tests.flow.later import a_talk
from tests.flow.test_attachments import BYTES, PDF, Visitor
from tests.patience import PATIENCE
from tests.people import add_project
from tests.stack import Stack
from worker import pool
from worker.janitor import unneeded_files
from worker.janitor.unneeded_files import MARGIN


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def sweep(stack: Stack, *, after: int) -> None:
    """One round of the janitor, later."""

    async def run() -> None:
        async with pool.connection(stack.database_url, name="test") as conn:
            store = Directory(stack.data / "files")
            await unneeded_files.sweep(conn, store, now=ids.now() + after)

    await trio.to_thread.run_sync(lambda: asyncio.run(run()))


async def until(holds: Callable[[], bool]) -> None:
    with trio.fail_after(PATIENCE):
        while not holds():  # noqa: ASYNC110  another process does the work
            await trio.sleep(0.02)


async def test_a_server_killed_in_the_middle_of_an_upload_leaves_nothing(fresh_stack: Stack) -> None:
    stack, folder = fresh_stack, fresh_stack.data / "files"
    server, _ = stack.spawn("server"), stack.spawn("worker", "inbound", "relay")
    await until_answers_are_taken(server.port or 0, add_project(stack))
    async with a_talk(stack, server) as talk:
        visitor = Visitor(talk, server.port or 0)
        await visitor.upload(PDF, "whole.pdf")
        ticket = await visitor.ticket("half.pdf", 1_000_000)
        head = f"PUT {ticket['upload_url']} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in (visitor.headers | BYTES).items()
        )
        async with await trio.open_tcp_stream("127.0.0.1", server.port or 0) as stream:
            await stream.send_all(head.encode() + b"\r\n" + bytes(100_000))
            await until(lambda: any(path.stat().st_size > 50_000 for path in files_of(folder)))
            server.kill()
        await visitor.http.aclose()
    assert len(files_of(folder)) == 2
    assert stack.sql("SELECT count(*) FROM attachments WHERE state = 'uploading'")[0][0] == 1
    for left in (folder / "incoming").iterdir():
        os.utime(left, (left.stat().st_mtime - 3_700,) * 2)
    await sweep(stack, after=limits.UNSENT_TTL + limits.UPLOAD_LEASE + MARGIN)
    assert files_of(folder) == []
    assert stack.sql("SELECT count(*) FROM attachments")[0][0] == 0
    project = UUID(bytes=talk.agent.project)
    counted = stack.sql("SELECT bytes, files FROM attachment_storage WHERE project_id = $1", project)
    assert tuple(counted[0]) == (0, 0)
