"""The index of a help page is kept for a moment, for a bounded number of projects."""

import trio

from core.ids import ProjectId
from server.api.help.kept_index import SECONDS, Index, KeptIndexes

ONE, TWO, THREE = (ProjectId(bytes([number]) * 16) for number in (1, 2, 3))


def test_it_is_made_again_after_its_time_and_for_another_project_or_language() -> None:
    now, made = 0.0, 0

    async def make() -> Index:
        nonlocal made
        made += 1
        return Index([], [])

    async def scenario() -> None:
        nonlocal now
        kept = KeptIndexes(most=2, clock=lambda: now)
        first = await kept.get(ONE, "en", make)
        assert await kept.get(ONE, "en", make) is first and made == 1
        assert await kept.get(ONE, "vi", make) is not first and made == 2
        now = SECONDS
        assert await kept.get(ONE, "en", make) is not first and made == 3
        await kept.get(TWO, "en", make)
        assert made == 4
        await kept.get(ONE, "vi", make)
        assert made == 5, "only two are kept"
        await kept.get(TWO, "en", make)
        assert made == 5

    trio.run(scenario)
