"""How often a stream of tokens is shown: the more streams a process has, the less often each.

Every frame costs the same, whether it has one token or three. So a process with a hundred streams spends its
time on what people wait for, and each text grows ten times a second instead of 25.
"""

from typing import Final

MIN_INTERVAL: Final = 0.04  # seconds between two frames
MAX_INTERVAL: Final = 0.2
INTERVAL_PER_STREAM: Final = 0.001  # seconds for each stream


def interval(streams: int) -> float:
    """Seconds between two frames of each of so many streams."""
    return min(MAX_INTERVAL, max(MIN_INTERVAL, INTERVAL_PER_STREAM * streams))
