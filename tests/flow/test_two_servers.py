"""Tabs of one visitor on two servers: each answer reaches the socket that waits for it, wherever it is."""

import os

import pytest

from tests.client import ERROR, MESSAGE, QUEUED, STORED
from tests.stack import Stack
from tests.tabs import NOT_FOUND, Tabs, answers, quiet, write

OPEN = {"handshakes_per_minute": 10_000, "messages_per_minute": 10_000}


@pytest.fixture
def tabs(fresh_stack: Stack) -> Tabs:
    return Tabs(fresh_stack, *(fresh_stack.spawn("server", **OPEN) for _ in range(2)))


async def test_the_sending_tab_gets_stored_and_the_other_one_the_message(tabs: Tabs) -> None:
    async with tabs.open(tabs.here) as one, tabs.open(tabs.there) as two:
        tabs.stack.spawn("worker")
        ref = os.urandom(16)
        await write(one, ref, rid=0)
        shown = await two.first(MESSAGE)
        await one.first(STORED)
        await quiet(one)
        assert [(frame[0], frame[1]) for frame in answers(one)] == [(STORED, ref)]
        assert [frame[0] for frame in answers(two)] == [STORED, MESSAGE]
        assert (shown[4], shown[8]) == (ref, "hello")


@pytest.mark.soak
async def test_a_refusal_reaches_the_sending_tab_alone_with_its_rid(tabs: Tabs) -> None:
    async with tabs.open(tabs.here) as one, tabs.open(tabs.there) as two:
        tabs.stack.spawn("worker")
        ref, ours = os.urandom(16), os.urandom(16)
        await write(one, ref, rid=41, talk=os.urandom(16))  # a conversation that does not exist
        refused = await one.first(ERROR)
        assert (refused[1], refused[2], refused[6]) == (41, NOT_FOUND, ref)
        await write(two, ours, rid=7)
        await one.first(MESSAGE)
        await two.first(STORED)  # another server: a frame of the first says nothing about it
        assert [frame[0] for frame in answers(two)] == [STORED]


@pytest.mark.soak
async def test_a_text_sent_again_from_another_server_is_stored_once_and_never_shown_to_its_sender(
    tabs: Tabs,
) -> None:
    ref = os.urandom(16)
    async with tabs.open(tabs.here) as first:
        await write(first, ref, rid=3)
        await first.first(QUEUED)
    async with tabs.open(tabs.there) as again:
        await write(again, ref, rid=4)
        await again.first(QUEUED)
        tabs.stack.spawn("worker")
        await again.first(STORED)
        await write(again, os.urandom(16), "later", rid=5)
        await again.first(STORED, lambda frame: frame[1] != ref)
        # The second command is a repetition, and is answered too.
        assert {frame[0] for frame in answers(again)} == {STORED}
        assert {(frame[1], frame[4]) for frame in answers(again) if frame[1] == ref} == {(ref, 1)}
        assert tabs.stack.sql("SELECT count(*) FROM messages")[0][0] == 2


@pytest.mark.soak
async def test_a_refused_text_sent_again_from_another_server_is_refused_there_under_its_own_rid(
    tabs: Tabs,
) -> None:
    ref, foreign = os.urandom(16), os.urandom(16)
    async with tabs.open(tabs.here) as first:
        await write(first, ref, rid=3, talk=foreign)
        await first.first(QUEUED)
    async with tabs.open(tabs.there) as again:
        await write(again, ref, rid=4, talk=foreign)
        await again.first(QUEUED)
        tabs.stack.spawn("worker")
        assert (await again.first(ERROR))[1] == 4
        await write(again, os.urandom(16), rid=5)
        await again.first(STORED)
        assert [frame[0] for frame in answers(again)] == [ERROR, STORED], "one answer to one request"
