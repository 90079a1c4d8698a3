"""Answers that are made while they are sent, such as exports."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import trio
from quart import Response

CHUNK_TIMEOUT: Final = 15.0  # seconds until the next chunk; the door limits how long sending one may take
TOTAL_TIMEOUT: Final = 600.0  # seconds for the whole answer, however slowly the client reads


class StreamCut(Exception):
    """The answer cannot be completed; its status was sent already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A file to download. `chunks` must hold no database connection while it waits for a client to read."""

    chunks: AsyncGenerator[bytes, None]
    media_type: str
    filename: str


def response(stream: Stream) -> Response:
    """The HTTP answer, which ends without its last chunk when a deadline is missed or a service fails."""
    made = Response(
        bounded(stream.chunks),
        content_type=stream.media_type,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{stream.filename}"',
        },
    )
    made.timeout = None  # Quart's would cut every answer after 30 s
    return made


async def bounded(chunks: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    """The chunks, each within CHUNK_TIMEOUT and all within TOTAL_TIMEOUT. Raises StreamCut."""
    ends = trio.current_time() + TOTAL_TIMEOUT
    async with aclosing(chunks):
        while True:
            if trio.current_time() > ends:
                raise StreamCut("the client reads too slowly")
            try:
                with trio.fail_after(CHUNK_TIMEOUT):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except Exception as error:  # whatever it is, the answer cannot be completed
                raise StreamCut("a chunk failed") from error
            yield chunk
