"""PARLEY_ANTIVIRUS_COMMAND: a program of the operator's that says whether a file is infected."""

import logging
import shlex
from pathlib import Path
from subprocess import DEVNULL
from typing import Final

import trio

from core.telemetry.log import Log, log

INFECTED: Final = "infected"
NOT_SCANNED: Final = "not_scanned"
CLEAN_STATUS: Final = 0
INFECTED_STATUS: Final = 1
MAX_RUNNING: Final = 2  # programs of one process


class Antivirus:
    """One per process."""

    def __init__(self, command: str, *, seconds: float) -> None:
        self._command = shlex.split(command)
        self._seconds = seconds
        self._few = trio.CapacityLimiter(MAX_RUNNING)

    async def refusal(self, file: Path) -> str | None:
        """Why the file is refused: infected, or nobody can say. None: clean, or no program is set."""
        if not self._command:
            return None
        async with self._few:
            try:
                with trio.fail_after(self._seconds):
                    done = await trio.run_process(
                        [*self._command, str(file)],
                        stdin=b"",
                        stdout=DEVNULL,
                        stderr=DEVNULL,
                        check=False,
                        start_new_session=True,
                    )
                status = done.returncode
            except (OSError, trio.TooSlowError) as error:
                log(Log.ANTIVIRUS_FAILED, level=logging.ERROR, error=error, command=self._command[0])
                return NOT_SCANNED
        if status == CLEAN_STATUS:
            return None
        if status == INFECTED_STATUS:
            return INFECTED
        log(Log.ANTIVIRUS_FAILED, level=logging.ERROR, command=self._command[0], status=status)
        return NOT_SCANNED
