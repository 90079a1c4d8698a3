"""What the doctor looks at, and how far it may go."""

import time
from pathlib import Path
from typing import Final

import msgspec

from core.config.settings import Settings

LATE: Final = 2.0  # seconds that two clocks may differ


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """The settings, and the options of the command."""

    settings: Settings
    connect: tuple[str, int] | None = None  # instead of the host and port of the public URL
    direct: bool = True  # whether a server should listen on this machine
    idle: float = 60.0  # seconds that a websocket has to stay open without traffic
    mail_to: str = ""  # send a real mail there
    dkim_selector: str = ""
    name_server: tuple[str, int] | None = None  # instead of that of /etc/resolv.conf
    proc: Path = Path("/proc")


def clock_difference(theirs: float) -> float:
    """Seconds that another clock is ahead of ours, 0 where it is within LATE."""
    difference = theirs - time.time()
    return difference if abs(difference) > LATE else 0.0
