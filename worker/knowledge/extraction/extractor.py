"""Gives documents to the process that reads them, and ends it when one takes too long."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import msgspec

from worker.knowledge.extraction.wire import (
    LENGTH,
    MAX_ANSWER,
    Addresses,
    Answer,
    Asked,
    Extracted,
    Kind,
    Refused,
)

TIMEOUT: Final = 20.0  # seconds for one document
START_TIMEOUT: Final = 30.0  # seconds; loading the libraries takes one on an idle machine
ROOT: Final = Path(__file__).resolve().parents[3]
INHERITED: Final = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "SYSTEMROOT")
"""Of the environment: no setting, and so no key and no password."""

_decode: Final = msgspec.json.Decoder(Answer).decode


class Extractor:
    """One process, started with the first document and again after each one that ended it.

    To be entered with `async with`; reads one document at a time.
    """

    def __init__(self, *, timeout: float = TIMEOUT) -> None:
        self._timeout = timeout
        self._process: asyncio.subprocess.Process | None = None
        self._one = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    async def document(
        self, kind: Kind, body: bytes, *, url: str = "", charset: str = "", name: str = ""
    ) -> Extracted | Refused:
        """The document as Markdown."""
        answer = await self._ask(Asked(kind, len(body), url, charset, name), body)
        return Refused("unreadable") if isinstance(answer, Addresses) else answer

    async def sitemap(self, body: bytes, *, url: str) -> Addresses | Refused:
        """The addresses that a sitemap lists."""
        answer = await self._ask(Asked("sitemap", len(body), url), body)
        return Refused("unreadable") if isinstance(answer, Extracted) else answer

    async def _ask(self, asked: Asked, body: bytes) -> Answer:
        async with self._one:
            try:
                process = await self._started()
                async with asyncio.timeout(self._timeout):
                    return await _exchange(process, asked, body)
            except TimeoutError:
                await self._end()
                return Refused("too_slow")
            except (EOFError, ConnectionError):  # the kernel ended it: out of memory
                await self._end()
                return Refused("too_large")
            except BaseException:  # cancelled: the next document must not get this one's answer
                await asyncio.shield(self._end())
                raise

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "worker.knowledge.extraction",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                cwd=ROOT,
                env={name: value for name, value in os.environ.items() if name in INHERITED},
                start_new_session=True,
            )
            async with asyncio.timeout(START_TIMEOUT):
                await _answer(self._process)
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _exchange(process: asyncio.subprocess.Process, asked: Asked, body: bytes) -> Answer:
    assert process.stdin is not None
    head = msgspec.json.encode(asked)
    process.stdin.write(LENGTH.pack(len(head)) + head + body)
    await process.stdin.drain()
    return await _answer(process)


async def _answer(process: asyncio.subprocess.Process) -> Answer:
    """Raises EOFError when the process has ended."""
    assert process.stdout is not None
    size = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))[0]
    if size > MAX_ANSWER:
        raise EOFError
    answer: Answer = _decode(await process.stdout.readexactly(size))
    return answer
