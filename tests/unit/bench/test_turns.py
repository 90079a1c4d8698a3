"""Who is next: nobody is answered twice before all were answered once, and nobody works while others idle."""

from collections import Counter

from bench.load.turns import Desks, Turns


def test_everybody_is_answered_once_while_they_become_more_as_fast_as_answers() -> None:
    turns, talking, answered = Turns[int](), [0], Counter[int]()
    for newcomer in range(1, 500):
        answered[turns.next(talking)] += 1
        talking.append(newcomer)
    assert set(answered.values()) == {1}


def test_after_the_last_comes_the_first() -> None:
    turns = Turns[str]()
    assert [turns.next("abc") for _ in range(5)] == ["a", "b", "c", "a", "b"]


def test_work_goes_to_who_has_nothing_to_do() -> None:
    desks = Desks("abc")
    first = [desks.take() for _ in range(3)]
    assert sorted(first) == ["a", "b", "c"]
    desks.done("b")
    assert desks.take() == "b"


def test_agents_who_are_quick_take_turns() -> None:
    desks, done = Desks("abcde"), Counter[str]()
    for _ in range(100):
        who = desks.take()
        done[who] += 1
        desks.done(who)
    assert set(done.values()) == {20}
