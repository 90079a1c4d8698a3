"""The days of a budget and of its figures: of UTC, for every project."""

from typing import Final

DAY: Final = 24 * 3600 * 1000  # ms


def day_began(now: int, *, days_before: int = 0) -> int:
    """When the day of `now` began, or one before it. Both in ms since 1970."""
    return now - now % DAY - days_before * DAY
