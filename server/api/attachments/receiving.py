"""Receives the bytes of a file, has them examined, stores them, and says what became of it."""

import logging
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import trio

from core.attachments import limits, names, types
from core.attachments.examining import Asked, Found, Refused, Verdict
from core.db.attachments import uploads
from core.db.attachments.uploads import Examined, Upload
from core.ids import ProjectId
from core.storage import incoming as abandoned
from core.storage.store import StorageUnavailable, Store, key_of
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, counters
from server.api.attachments import views
from server.api.attachments.schemas import Attachment
from server.api.attachments.senders import Sender
from server.api.http.calls import Call
from server.api.http.problems import ApiError
from server.api.http.uploads import Upload as Body
from server.api.http.uploads import UploadRule
from server.attachments.examiner import Crowded

FILE: Final = UploadRule(media_types=("application/octet-stream",), max_bytes=limits.MAX_BYTES, seconds=60.0)
ANSWER_TIMEOUT: Final = 120.0  # seconds after the last byte, until the answer
ORIGINAL: Final = "original"
PICTURE: Final = "picture"
THUMBNAIL: Final = "thumbnail"
RETRY_AFTER: Final = 5.0  # seconds
STORE_TIMEOUT: Final = 20.0  # seconds for one file


async def receive(call: Call, sender: Sender, file: bytes, body: Body) -> Attachment:
    """Raises ApiError: `not_found`, `upload_running`, or what is wrong with the body."""
    store = call.services.store
    found = await _asked(call, sender, file)
    if found.state in {"ready", "refused"}:
        return views.attachment(call, sender.project, found)
    expires_at = call.now + limits.UNSENT_TTL
    until = await call.services.database.commit(
        lambda conn: uploads.begin(
            conn, sender.project, file, now=call.now, lease=limits.UPLOAD_LEASE, expires_at=expires_at
        )
    )
    if until is None:
        raise ApiError("upload_running")
    async with _given_up_on_error(call, sender.project, file, until=until), _incoming(store) as folder:
        await _spool(body, folder / ORIGINAL, size=found.size)
        verdict = await _verdict(call, folder)
        await _settle(call, sender.project, found, verdict, folder, until=until)
    return views.attachment(call, sender.project, await _asked(call, sender, file))


async def _asked(call: Call, sender: Sender, file: bytes) -> Upload:
    found = await call.services.database.read(
        lambda conn: uploads.by_id(conn, sender.project, file, sender.uploader, now=call.now)
    )
    if found is None:
        raise ApiError("not_found")
    return found


@asynccontextmanager
async def _given_up_on_error(
    call: Call, project: ProjectId, file: bytes, *, until: int
) -> AsyncIterator[None]:
    """If the block fails, the same ticket can be used again at once."""
    try:
        yield
    except BaseException:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 2.0), suppress(Exception):
            await call.services.database.commit(
                lambda conn: uploads.give_up(conn, project, file, until=until)
            )
        raise


@asynccontextmanager
async def _incoming(store: Store) -> AsyncIterator[Path]:
    """A directory for one upload."""
    folder = await trio.to_thread.run_sync(_made, store.incoming)
    try:
        yield folder
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 5.0):
            await trio.to_thread.run_sync(lambda: shutil.rmtree(folder, ignore_errors=True))


def _made(incoming: Path) -> Path:
    abandoned.sweep(incoming, now=time.time())  # with a bucket no worker sees this directory
    incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="upload-", dir=incoming))


async def _spool(body: Body, target: Path, *, size: int) -> None:
    """Raises ApiError unless exactly `size` bytes came."""
    received = 0
    file = await trio.to_thread.run_sync(lambda: target.open("wb"))
    try:
        async with aclosing(aiter(body)) as parts:
            async for part in parts:
                received += len(part)
                if received > size:
                    raise ApiError("too_large", "The body is longer than was announced.")
                await trio.to_thread.run_sync(file.write, part)
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(file.close)
    if received < size:
        raise ApiError("bad_request", "The body is shorter than was announced.")


async def _verdict(call: Call, folder: Path) -> Verdict:
    """The antivirus first: it sees the bytes as they came, and before our own decoders."""
    reason = await call.services.antivirus.refusal(folder / ORIGINAL)
    if reason is not None:
        return Refused(reason)
    asked = Asked(str(folder / ORIGINAL), str(folder / PICTURE), str(folder / THUMBNAIL))
    try:
        return await call.services.examiner.examine(asked)
    except Crowded:
        raise ApiError("unavailable", retry=RETRY_AFTER) from None


async def _settle(
    call: Call, project: ProjectId, asked: Upload, verdict: Verdict, folder: Path, *, until: int
) -> None:
    """Store an accepted file, then say so; a refused one is not stored at all."""
    if isinstance(verdict, Refused):
        counters[Metric.ATTACHMENTS_REFUSED] += 1
        reason = verdict.reason
        settled = await call.services.database.commit(
            lambda conn: uploads.refuse(conn, project, asked.id, reason, until=until)
        )
    else:
        counters[Metric.ATTACHMENTS_ACCEPTED] += 1
        made = await _stored(call, project, asked, verdict, folder)
        expires_at = call.now + limits.UNSENT_TTL
        settled = await call.services.database.commit(
            lambda conn: uploads.accept(conn, project, asked.id, made, until=until, expires_at=expires_at)
        )
    if not settled:
        raise ApiError("not_found")


async def _stored(call: Call, project: ProjectId, asked: Upload, found: Found, folder: Path) -> Examined:
    """Raises ApiError if the store is not there; what was stored by then goes with its row."""
    kind = types.BY_MEDIA_TYPE[found.media_type]
    source, small = folder / (PICTURE if kind.is_image else ORIGINAL), folder / THUMBNAIL
    size = (await trio.to_thread.run_sync(source.stat)).st_size
    counted, store = size, call.services.store
    try:
        if found.thumbnail:
            counted += (await trio.to_thread.run_sync(small.stat)).st_size
            key = key_of(project, asked.id, thumbnail=True)
            await _put(store, key, small, types.WEBP.media_type)
        await _put(store, key_of(project, asked.id), source, kind.media_type)
    except StorageUnavailable as error:
        log(Log.STORAGE_FAILED, level=logging.ERROR, error=error)
        raise ApiError("unavailable", retry=RETRY_AFTER) from None
    return Examined(
        name=names.typed(asked.name, kind.extensions),
        media_type=kind.media_type,
        size=size,
        counted=counted,
        width=found.width,
        height=found.height,
        thumbnail=found.thumbnail,
    )


async def _put(store: Store, key: str, source: Path, media_type: str) -> None:
    with trio.fail_after(STORE_TIMEOUT):
        await trio.to_thread.run_sync(
            lambda: store.put(key, source, media_type=media_type), abandon_on_cancel=True
        )
