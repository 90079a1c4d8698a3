"""Gives files to the process that examines them, one at a time, and ends it when one takes too long."""

import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Final

import msgspec
import trio

from core.attachments.examining import TOO_COMPLEX, Asked, Refused, Verdict
from core.telemetry.log import Log, log
from core.telemetry.metrics import Metric, Timing, counters, timed

TIMEOUT: Final = 45.0  # seconds for one file, of which the kernel allows fewer of CPU
START_TIMEOUT: Final = 30.0  # seconds; loading the libraries takes one on an idle machine
MAX_QUEUE: Final = 64  # files that wait, at most as many as uploads fit into their budget
ROOT: Final = Path(__file__).resolve().parents[2]
INHERITED: Final = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "SYSTEMROOT")
"""Of the environment: no setting, and so no key and no password."""

_decode: Final = msgspec.json.Decoder(Verdict).decode


class Crowded(Exception):
    """Too many files wait, or the machine is too busy: a later try may succeed."""


class Examiner:
    """One process, which examines one file after the other, as long as files wait.

    It is not kept: it takes 50 MB, most servers examine a few files an hour, and a start takes a third of a
    second.
    """

    def __init__(self, *, timeout: float = TIMEOUT) -> None:
        self._timeout = timeout
        self._process: trio.Process | None = None
        self._one = trio.Lock()
        self._buffer = b""

    async def examine(self, asked: Asked) -> Verdict:
        """Raises Crowded, and OSError if no process can be started."""
        if self._one.statistics().tasks_waiting >= MAX_QUEUE:
            raise Crowded
        counters[Metric.ATTACHMENTS_EXAMINING] += 1
        try:
            with timed(Timing.EXAMINE):
                return await self._examine(asked)
        finally:
            counters[Metric.ATTACHMENTS_EXAMINING] -= 1

    async def _examine(self, asked: Asked) -> Verdict:
        async with self._one:
            try:
                await self._start()
                with trio.fail_after(self._timeout):
                    assert self._process is not None
                    assert self._process.stdin is not None
                    await self._process.stdin.send_all(msgspec.json.encode(asked) + b"\n")
                    verdict: Verdict = _decode(await self._line())
            except (trio.BrokenResourceError, trio.ClosedResourceError, EOFError) as error:
                log(Log.EXAMINER_ENDED, level=logging.WARNING, error=error)
                await self.close()
                return Refused(TOO_COMPLEX)
            except trio.TooSlowError as error:
                # What takes too much CPU is ended by the kernel: this machine is too busy for any file.
                log(Log.EXAMINER_ENDED, level=logging.WARNING, error=error)
                await self.close()
                raise Crowded from None
            except BaseException:  # cancelled: the next file must not get this one's verdict
                with trio.CancelScope(shield=True, deadline=trio.current_time() + 5.0):
                    await self.close()
                raise
            if not self._one.statistics().tasks_waiting:
                await self.close()
            return verdict

    async def close(self) -> None:
        """End the process."""
        process, self._process, self._buffer = self._process, None, b""
        if process is None:
            return
        with suppress(ProcessLookupError):
            # Its children are in its group: what examines the file ends with it.
            os.killpg(process.pid, 9)
        with trio.CancelScope(shield=True, deadline=trio.current_time() + 5.0):
            await process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                await trio.aclose_forcefully(stream)

    async def _start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        await self.close()
        self._process = await trio.lowlevel.open_process(
            [sys.executable, "-m", "server.attachments"],
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name in INHERITED},
            start_new_session=True,
        )
        with trio.fail_after(START_TIMEOUT):
            await self._line()

    async def _line(self) -> bytes:
        """Raises EOFError when the process has ended."""
        assert self._process is not None
        assert self._process.stdout is not None
        while b"\n" not in self._buffer:
            part = await self._process.stdout.receive_some(65_536)
            if not part:
                raise EOFError
            self._buffer += part
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line
