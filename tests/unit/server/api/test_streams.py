"""The deadlines of answers that are made while they are sent."""

from collections.abc import AsyncGenerator

import pytest
import trio
from trio.testing import MockClock

from server.api.http.streams import CHUNK_TIMEOUT, TOTAL_TIMEOUT, StreamCut, bounded


async def read(chunks: AsyncGenerator[bytes, None], got: list[bytes], *, pause: float = 0) -> None:
    async for chunk in bounded(chunks):
        got.append(chunk)
        await trio.sleep(pause)


async def test_a_chunk_that_takes_too_long_cuts_the_answer(autojump_clock: MockClock) -> None:
    closed = []

    async def chunks() -> AsyncGenerator[bytes, None]:
        try:
            yield b"first"
            await trio.sleep(CHUNK_TIMEOUT + 1)
            yield b"late"
        finally:
            closed.append(True)

    got: list[bytes] = []
    with pytest.raises(StreamCut):
        await read(chunks(), got)
    assert (got, closed) == ([b"first"], [True])


async def test_a_client_that_reads_slowly_is_served_for_a_while_only(autojump_clock: MockClock) -> None:
    async def chunks() -> AsyncGenerator[bytes, None]:
        while True:
            yield b"line"

    got: list[bytes] = []
    with pytest.raises(StreamCut):
        await read(chunks(), got, pause=29)  # the door allows 30 s for each write
    assert len(got) == TOTAL_TIMEOUT // 29 + 1


async def test_an_error_of_a_chunk_is_the_cause(autojump_clock: MockClock) -> None:
    async def chunks() -> AsyncGenerator[bytes, None]:
        yield b"first"
        raise OSError("away")

    with pytest.raises(StreamCut) as found:
        await read(chunks(), [])
    assert isinstance(found.value.__cause__, OSError)
