"""Profiles: invalid ones are refused, and a profile alone decides when its messages are due."""

from itertools import pairwise

import pytest

from bench import profile
from bench.load import pace
from bench.profile import Burst, UnknownProfile

LEAST = 'about = "x"\nvisitors = 10\nrate = 5\nseconds = 2\n'


@pytest.mark.parametrize("name", profile.names())
def test_every_profile_is_valid(name: str) -> None:
    assert profile.read(name).about


def test_the_shipped_profiles_exist() -> None:
    expected = {
        "smoke",
        "steady",
        "peak",
        "burst",
        "fanout",
        "replies",
        "idle",
        "storm",
        "soak",
        "floor",
        "assistant",
    }
    assert expected <= set(profile.names())


def test_no_profile_exceeds_the_message_limit_that_servers_have_by_default() -> None:
    for name in profile.names():
        read = profile.read(name)
        due = list(pace.offsets(read.rate, min(read.seconds, 60), read.burst))
        assert -(-len(due) // read.visitors) <= 20, name
        assert read.answers * 60 <= read.askers * 20, name


def test_given_options_override_the_profile() -> None:
    read = profile.parse(LEAST, name="x", rate=7, visitors=None)
    assert (read.rate, read.visitors) == (7, 10)


@pytest.mark.parametrize(
    "line",
    [
        "visitor = 3",
        "agents = 0",
        'replies = "many"',
        "projects = 2",
        "restart_at = -1",
        "answers = 1",
        "answers = 1\naskers = 1\nstopped = 2",
        "[burst]\nevery = 5\nseconds = 6\nrate = 1",
        "[burst]\nevery = 5\nseconds = 1\nrate = 1\nlength = 2",
        "= 3",
    ],
)
def test_a_profile_with_a_misspelt_or_impossible_line_is_refused_by_name(line: str) -> None:
    with pytest.raises(UnknownProfile, match="profile x"):
        profile.parse(f"{LEAST}{line}\n", name="x")


def test_an_unknown_profile_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownProfile, match="smoke"):
        profile.read("../smoke")


def test_messages_are_due_evenly_from_the_start() -> None:
    due = list(pace.offsets(4, 2))
    assert due == pytest.approx([number / 4 for number in range(8)])


def test_a_burst_is_the_end_of_each_period() -> None:
    due = list(pace.offsets(1, 20, Burst(every=10, seconds=2, rate=100)))
    calm = [at for at in due if at % 10 < 8]
    assert len(calm) == 16
    assert len(due) - len(calm) == pytest.approx(400, abs=2)
    assert all(later > earlier for earlier, later in pairwise(due))


def test_the_rate_between_bursts_may_be_zero() -> None:
    due = list(pace.offsets(0, 10, Burst(every=5, seconds=1, rate=10)))
    assert len(due) == pytest.approx(20, abs=2)
    assert all(at % 5 >= 4 for at in due)


def test_a_rate_of_zero_sends_no_message() -> None:
    assert list(pace.offsets(0, 10)) == []
