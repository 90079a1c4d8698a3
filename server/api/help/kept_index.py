"""The indexes of help pages that were read last, for a moment: each is made of all articles of a project."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from core.db.knowledge.reading import Excerpt, Shelf
from core.ids import ProjectId

MAX_INDEXES: Final = 200  # of a process: projects and their languages
SECONDS: Final = 15.0  # readers' browsers keep the page for a minute anyway


class Index(NamedTuple):
    """The categories, and the articles that are listed of each."""

    shelves: list[Shelf]
    found: list[Excerpt]


class KeptIndexes:
    """By project and language; the one that was made first goes first."""

    def __init__(self, *, most: int = MAX_INDEXES, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._kept: OrderedDict[tuple[ProjectId, str], tuple[float, Index]] = OrderedDict()

    async def get(self, project: ProjectId, language: str, make: Callable[[], Awaitable[Index]]) -> Index:
        """The one that is kept, or a new one."""
        key = (project, language)
        kept = self._kept.get(key)
        if kept is not None and self._clock() - kept[0] < SECONDS:
            return kept[1]
        at = self._clock()
        made = await make()
        self._kept[key] = at, made
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return made


indexes: Final = KeptIndexes()
