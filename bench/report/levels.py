"""Leak check of a long run: whether memory, descriptors and child processes have levelled off."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

import msgspec

from bench.load.driver import Sample

LONG: Final = 300.0  # seconds of load; in a shorter run everything still grows
KINDS: Final = ("resident", "descriptors", "children")


class Level(msgspec.Struct, frozen=True):
    """The medians of the middle third and of the last tenth of a run. `resident` is in KiB."""

    plateau: float
    end: float

    @property
    def drift(self) -> float:
        """The growth from the plateau to the end, in percent of the plateau."""
        return 100 * (self.end - self.plateau) / self.plateau if self.plateau else 0.0


def levels(samples: Sequence[Sample], *, span: float) -> dict[str, dict[str, Level]]:
    """Levels by kind and process; empty for a run shorter than LONG."""
    if span < LONG:
        return {}
    middle = [one for one in samples if span / 3 <= one.at < 2 * span / 3]
    last = [one for one in samples if span * 0.9 <= one.at < span]
    if not middle or not last:
        return {}
    made: dict[str, dict[str, Level]] = {}
    for kind in KINDS:
        by_name: dict[str, Level] = {}
        for name in _values(last[-1], kind):
            by_name[name] = Level(_median(middle, kind, name), _median(last, kind, name))
        made[kind] = by_name
    return made


def _median(samples: Sequence[Sample], kind: str, name: str) -> float:
    return median(_values(one, kind).get(name, 0) for one in samples)


def _values(sample: Sample, kind: str) -> Mapping[str, int]:
    found: Mapping[str, int] = getattr(sample, kind)
    return found
