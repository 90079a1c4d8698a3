"""How old a replica's data is, from the positions of the primary's log that were noted."""

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from server.reading.replica import Proof


def proof(*noted: tuple[float, int]) -> Proof:
    made = Proof()
    for at, lsn in noted:
        made.note(at, lsn)
    return made


def test_a_replica_has_everything_of_the_newest_position_that_it_has_reached() -> None:
    made = proof((1, 100), (2, 200), (3, 300))
    assert [made.covered(lsn) for lsn in (99, 100, 199, 200, 300, 400)] == [-inf, 1, 1, 2, 3, 3]


def test_a_replica_of_an_idle_primary_is_up_to_date() -> None:
    assert proof((1, 100), (2, 100), (3, 100)).covered(100) == 3


def test_positions_before_a_failover_prove_nothing() -> None:
    made = proof((1, 100), (2, 500), (3, 300))  # the new primary had not replayed everything
    assert made.covered(400) == 3
    assert made.covered(200) == -inf


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 50)), min_size=1, max_size=40), st.integers(0, 2_000)
)
def test_a_covered_time_is_never_later_than_what_was_replayed(
    steps: list[tuple[float, int]], replayed: int
) -> None:
    at, lsn = 0.0, 0
    noted = []
    for wait, written in steps:
        at, lsn = at + wait, lsn + written
        noted.append((at, lsn))
    covered = proof(*noted).covered(replayed)
    reached = [moment for moment, position in noted[-16:] if position <= replayed]
    assert covered == max(reached, default=-inf)
