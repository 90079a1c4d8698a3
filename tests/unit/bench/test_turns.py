"""Turns: every conversation is answered once before any twice, and work goes to an idle agent first."""

from collections import Counter

from bench.load.turns import Desks, Turns


def test_every_conversation_is_answered_once_while_new_ones_appear() -> None:
    turns, talking, answered = Turns[int](), [0], Counter[int]()
    for newcomer in range(1, 500):
        answered[turns.next(talking)] += 1
        talking.append(newcomer)
    assert set(answered.values()) == {1}


def test_the_first_follows_the_last() -> None:
    turns = Turns[str]()
    assert [turns.next("abc") for _ in range(5)] == ["a", "b", "c", "a", "b"]


def test_work_goes_to_an_idle_agent() -> None:
    desks = Desks("abc")
    first = [desks.take() for _ in range(3)]
    assert sorted(first) == ["a", "b", "c"]
    desks.done("b")
    assert desks.take() == "b"


def test_quick_agents_take_turns() -> None:
    desks, done = Desks("abcde"), Counter[str]()
    for _ in range(100):
        agent = desks.take()
        done[agent] += 1
        desks.done(agent)
    assert set(done.values()) == {20}
