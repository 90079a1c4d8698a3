"""Serves files at signed URLs, so that no browser runs, frames or guesses anything in them."""

import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import closing
from typing import Final
from urllib.parse import quote

import trio
from quart import Response

from core.attachments import addresses, names, types
from core.db.attachments import serving
from core.db.attachments.serving import Served
from core.ids import ProjectId
from core.storage.store import Missing, StorageUnavailable, key_of
from core.telemetry.log import Log, log
from server.api.attachments.schemas import FileQuery
from server.api.http import streams
from server.api.http.calls import Access, Call
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.services.rate_limiter import Limit

routes = Routes("files", "Files at signed URLs.")
RETRY_AFTER: Final = 5.0  # seconds
LOADED: Final = Limit(1_200)  # a network may show many pictures
POLICY: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"
THUMBNAIL_TYPE: Final = types.WEBP


@routes.add("GET", "/files/{owner}/{attachment}/{word:variant}", access=Access.PUBLIC, limit=LOADED)
async def get_file(call: Call, owner: bytes, attachment: bytes, variant: str, query: FileQuery) -> Response:
    """Load a file by the `url` or `thumbnail_url` of an attachment.

    404 also after its time, and when its message was redacted.
    """
    project, secret = ProjectId(owner), call.services.settings.secret_key
    if variant not in {addresses.ORIGINAL, addresses.THUMBNAIL} or not addresses.is_valid(
        secret, project, attachment, variant, expires=query.expires, signature=query.signature, now=call.now
    ):
        raise ApiError("not_found")
    found = await call.services.database.read(
        lambda conn: serving.served(conn, project, attachment, now=call.now)
    )
    if found is None:
        raise ApiError("not_found")
    thumbnail = variant == addresses.THUMBNAIL
    store, key = call.services.store, key_of(project, attachment, thumbnail=thumbnail)
    try:
        parts = await trio.to_thread.run_sync(store.read, key)
    except Missing:
        raise ApiError("not_found") from None
    except StorageUnavailable as error:
        log(Log.STORAGE_FAILED, level=logging.ERROR, error=error)
        raise ApiError("unavailable", retry=RETRY_AFTER) from None
    made = Response(
        streams.bounded(_sent(parts)),
        headers=_headers(found, thumbnail=thumbnail, download=bool(query.download)),
    )
    made.timeout = None  # streams.bounded has its own
    made.headers["Cache-Control"] = (
        f"private, max-age={max(0, (query.expires - call.now) // 1000)}, immutable"
    )
    return made


def _headers(found: Served, *, thumbnail: bool, download: bool) -> dict[str, str]:
    kind = THUMBNAIL_TYPE if thumbnail else types.BY_MEDIA_TYPE.get(found.media_type)
    shown = kind is not None and kind.is_image and not download
    media_type = kind.media_type if kind is not None else "application/octet-stream"
    name = names.typed(found.name, kind.extensions) if kind is not None else found.name
    headers = {
        "Content-Type": "text/plain; charset=utf-8" if media_type == "text/plain" else media_type,
        "Content-Disposition": disposition(name, inline=shown),
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        # The widget shows pictures on customers' pages. Who has the address may load the file.
        "Cross-Origin-Resource-Policy": "cross-origin",
        # It fetches thumbnails: a page's Content-Security-Policy may allow no images from here.
        "Access-Control-Allow-Origin": "*",
        "Referrer-Policy": "no-referrer",
    }
    if not thumbnail:
        headers["Content-Length"] = str(found.size)
    return headers


def disposition(name: str, *, inline: bool) -> str:
    """RFC 6266: the name in ASCII for old clients, and in UTF-8 as RFC 8187 has it."""
    kind = "inline" if inline else "attachment"
    encoded = quote(name, safe="!#$&+-.^_`|~")
    return f"{kind}; filename=\"{names.ascii_only(name)}\"; filename*=UTF-8''{encoded}"


async def _sent(parts: Generator[bytes, None, None]) -> AsyncGenerator[bytes, None]:
    with closing(parts):  # the client may go in the middle
        while (part := await trio.to_thread.run_sync(lambda: next(parts, None))) is not None:
            yield part
