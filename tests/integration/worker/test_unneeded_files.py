"""The janitor deletes files that nobody needs any more: the stored bytes, their row, and the counted room."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core import ids
from core.attachments import limits
from core.db.attachments import claims, uploads
from core.db.attachments.uploads import Examined, Uploader
from core.ids import MessageId, ProjectId
from core.storage.directory import Directory
from core.storage.incoming import MAX_AGE
from core.storage.store import StorageUnavailable, keys_of
from tests.people import add_project
from tests.stack import Stack
from worker import pool
from worker.janitor import unneeded_files
from worker.janitor.unneeded_files import MARGIN

VISITOR = Uploader("visitor", ids.make())


class Shop:
    """A project with files, and the janitor's clock."""

    def __init__(self, stack: Stack, conn: pool.Driver) -> None:
        self.stack = stack
        self.conn = conn
        self.project = ProjectId(add_project(stack))
        self.store = Directory(stack.data / "files")
        self.now = ids.now()

    async def file(self, *, ready: bool = True) -> bytes:
        """A ticket of 1,000 bytes, and the file itself, of 700 with its thumbnail."""
        made = ids.make()
        assert await uploads.reserve(self.conn, self.project, size=1_000, quota=10_000)
        expires_at = self.now + limits.TICKET_TTL
        await uploads.add(
            self.conn,
            self.project,
            made,
            VISITOR,
            name="a.jpg",
            size=1_000,
            now=self.now,
            expires_at=expires_at,
        )
        if ready:
            expires_at = self.now + limits.UNSENT_TTL
            until = await uploads.begin(
                self.conn, self.project, made, now=self.now, lease=limits.UPLOAD_LEASE, expires_at=expires_at
            )
            assert until is not None
            self.put(made)
            found = Examined("a.jpg", "image/jpeg", 600, 700, 40, 30, thumbnail=True)
            assert await uploads.accept(
                self.conn, self.project, made, found, until=until, expires_at=expires_at
            )
        return made

    def put(self, file: bytes) -> None:
        for key in keys_of(self.project, file):
            self.store.incoming.mkdir(parents=True, exist_ok=True)
            source = self.store.incoming / "source"
            source.write_bytes(b"x")
            self.store.put(key, source, media_type="image/jpeg")

    async def sent(self, file: bytes) -> tuple[bytes, MessageId]:
        """A conversation whose message has taken the file."""
        conversation, visitor, message = ids.make(), ids.make(), MessageId(ids.make())
        await self.conn.execute(
            "INSERT INTO visitors (project_id, id) VALUES ($1, $2)", self.project, visitor
        )
        await self.conn.execute(
            "INSERT INTO conversations (project_id, id, visitor_id, last_message_at) VALUES ($1, $2, $3, $4)",
            self.project,
            conversation,
            visitor,
            self.now,
        )
        (row,) = await claims.load(self.conn, [(self.project, file)])
        row.conversation, row.message, row.seq = conversation, message, 1  # type: ignore[assignment]
        await claims.save(self.conn, [row])
        return conversation, message

    async def sweep(self, *, after: int) -> None:
        await unneeded_files.sweep(self.conn, self.store, now=self.now + after)

    def kept(self) -> set[bytes]:
        """The files with bytes in the store."""
        found = [path for path in (self.stack.data / "files").rglob("*") if path.is_file()]
        return {ids.parse(path.name[:36]) for path in found}

    async def rows(self) -> set[bytes]:
        found = await self.conn.fetch("SELECT id FROM attachments WHERE project_id = $1", self.project)
        return {row[0] for row in found}

    async def counted(self) -> tuple[int, int]:
        row = await self.conn.fetchrow(
            "SELECT bytes, files FROM attachment_storage WHERE project_id = $1", self.project
        )
        return row[0], row[1]


@pytest.fixture
def run(fresh_stack: Stack) -> Callable[[Callable[[Shop], Awaitable[None]]], None]:
    def go(body: Callable[[Shop], Awaitable[None]]) -> None:
        async def inside() -> None:
            async with pool.connection(fresh_stack.database_url, name="test") as conn:
                await body(Shop(fresh_stack, conn))

        asyncio.run(inside())

    return go


Run = Callable[[Callable[[Shop], Awaitable[None]]], None]


def test_unused_tickets_and_unsent_files_go_after_their_time_and_sent_ones_stay(run: Run) -> None:
    async def body(shop: Shop) -> None:
        ticket, unsent, sent = await shop.file(ready=False), await shop.file(), await shop.file()
        await shop.sent(sent)
        assert await shop.counted() == (2_400, 3)
        await shop.sweep(after=limits.TICKET_TTL)
        assert await shop.rows() == {ticket, unsent, sent}
        await shop.sweep(after=limits.TICKET_TTL + MARGIN)
        assert await shop.rows() == {unsent, sent}
        await shop.sweep(after=limits.UNSENT_TTL + MARGIN)
        assert await shop.rows() == shop.kept() == {sent}
        assert await shop.counted() == (700, 1)
        await shop.sweep(after=365 * 24 * limits.UNSENT_TTL)
        assert await shop.rows() == shop.kept() == {sent}

    run(body)


def test_the_files_of_a_redacted_message_and_of_a_deleted_conversation_go(run: Run) -> None:
    async def body(shop: Shop) -> None:
        redacted, late, deleted = [await shop.file() for _ in range(3)]
        messages = [(await shop.sent(file))[1] for file in (redacted, late)]
        conversation, _ = await shop.sent(deleted)
        times = (shop.now, shop.now - MARGIN)
        gone = [(shop.project, message, at) for message, at in zip(messages, times, strict=True)]
        await claims.release(shop.conn, gone)
        await shop.sweep(after=MARGIN)
        assert await shop.rows() == shop.kept() == {deleted}
        await shop.conn.execute(
            "DELETE FROM conversations WHERE project_id = $1 AND id = $2", shop.project, conversation
        )
        assert await claims.load(shop.conn, [(shop.project, deleted)]) == []
        await shop.sweep(after=limits.UNSENT_TTL + MARGIN)
        assert await shop.rows() == shop.kept() == set()
        assert await shop.counted() == (0, 0)

    run(body)


def test_a_server_that_was_killed_in_the_middle_leaves_no_orphan(run: Run) -> None:
    """At any point: before the bytes, between the two files, before the row says that it is ready."""

    async def body(shop: Shop) -> None:
        for stored in (False, True):
            file = await shop.file(ready=False)
            await uploads.begin(
                shop.conn, shop.project, file, now=shop.now, lease=limits.UPLOAD_LEASE, expires_at=shop.now
            )
            if stored:
                shop.put(file)
        left = shop.store.incoming / "upload-abc"
        left.mkdir(parents=True)
        (left / "original").write_bytes(b"half")
        os.utime(left, (shop.now / 1000 - MAX_AGE - 1,) * 2)
        await shop.sweep(after=limits.UPLOAD_LEASE)
        assert len(await shop.rows()) == 2, "another server may still be at it"
        assert not left.exists()
        await shop.sweep(after=limits.UNSENT_TTL + MARGIN)
        assert await shop.rows() == shop.kept() == set()
        assert await shop.counted() == (0, 0)

    run(body)


def test_the_files_of_a_project_that_is_gone_go_too(run: Run) -> None:
    async def body(shop: Shop) -> None:
        await shop.file()
        await shop.conn.execute("DELETE FROM projects WHERE id = $1", shop.project)
        await shop.sweep(after=limits.UNSENT_TTL + MARGIN)
        assert await shop.rows() == shop.kept() == set()

    run(body)


def test_without_the_store_the_rows_wait(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body(shop: Shop) -> None:
        file = await shop.file()

        def away(keys: Sequence[str]) -> None:
            raise StorageUnavailable("no answer")

        with monkeypatch.context() as patched:
            patched.setattr(shop.store, "remove", away)
            await shop.sweep(after=limits.UNSENT_TTL + MARGIN)
        assert await shop.rows() == {file}
        await shop.sweep(after=limits.UNSENT_TTL + MARGIN)
        assert await shop.rows() == set()

    run(body)


def test_the_worker_deletes_on_its_own(fresh_stack: Stack) -> None:
    project = add_project(fresh_stack)
    key: Sequence[Any] = (UUID(bytes=project), UUID(bytes=ids.make()))
    fresh_stack.sql(
        "INSERT INTO attachments (project_id, id, party, uploader_id, state, name, size, counted, "
        "created_at, expires_at) "
        "VALUES ($1, $2, 'visitor', $2, 'ready', 'a', 1, 1, now(), now() - interval '2 minutes')",
        *key,
    )
    target = Path(fresh_stack.data) / "files" / keys_of(ProjectId(project), key[1].bytes)[0]
    target.parent.mkdir(parents=True)
    target.write_bytes(b"x")
    worker = fresh_stack.spawn("worker", "janitor")
    worker.wait_until(lambda: not fresh_stack.sql("SELECT 1 FROM attachments"), what="deleting the file")
    assert not target.exists()
