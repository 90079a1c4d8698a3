"""Compresses JSON answers, which are mostly lists: 50 conversations are 21 KB uncompressed."""

import gzip
from typing import Final

import trio
from quart import Response, request

from server.api.serving.etags import GZIP

SMALLEST: Final = 1024  # bytes; compressing less does not pay
LARGEST_AT_ONCE: Final = 64 * 1024  # bytes compressed on the event loop, in about 1 ms; more goes to a thread
LEVEL: Final = 4  # of gzip; higher levels hardly shrink lists further


async def compress(response: Response) -> Response:
    """An after-request hook. Compresses answers to GET only, never one that contains a credential."""
    if (
        request.method != "GET"
        or response.status_code != 200
        or response.mimetype != "application/json"
        or "no-store" not in response.headers.get("Cache-Control", "")  # a stored file, compressed once
    ):
        return response
    body = await response.get_data(as_text=False)
    if len(body) < SMALLEST:
        return response
    response.headers.add("Vary", "Accept-Encoding")
    if not request.accept_encodings["gzip"]:
        return response
    if len(body) > LARGEST_AT_ONCE:
        packed = await trio.to_thread.run_sync(_packed, body)
    else:
        packed = _packed(body)
    response.set_data(packed)
    response.headers["Content-Encoding"] = "gzip"
    if "ETag" in response.headers:
        response.headers["ETag"] = response.headers["ETag"].removesuffix('"') + f'{GZIP}"'
    return response


def _packed(body: bytes) -> bytes:
    return gzip.compress(body, LEVEL, mtime=0)
