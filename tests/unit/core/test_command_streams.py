"""Where the command streams are in a cluster."""

import pytest
from coredis._utils import hash_slot

from core.bus import names


def slot(key: str) -> int:
    return hash_slot(key[key.index("{") + 1 : key.index("}")].encode())


@pytest.mark.parametrize("slots", [1, 2, 3, 8, 64])
def test_streams_are_spread_evenly_and_those_of_a_slot_share_it(slots: int) -> None:
    """Each has its share of the hash slots, so that each primary of a cluster has as many as another."""
    keys = [names.commands(shard, slots) for shard in range(4 * slots)]
    assert len(set(keys)) == 4 * slots
    for shard, key in enumerate(keys):
        assert slot(key) == slot(keys[shard % slots])
    if slots > 1:
        assert [slot(key) * slots // names.ALL_SLOTS for key in keys[:slots]] == list(range(slots))


def test_one_slot_has_the_names_of_every_release() -> None:
    assert names.commands(3) == names.commands(3, 1) == "parley:{commands}:3"


def test_each_spread_has_streams_of_its_own() -> None:
    assert len({names.commands(5, slots) for slots in range(1, 10)}) == 9
