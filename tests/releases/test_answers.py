"""Tabs of one visitor on servers of two releases: whichever worker decides, the sender gets the answer."""

import os
from pathlib import Path

import pytest

from tests.client import ERROR, MESSAGE, STORED
from tests.patience import PATIENCE
from tests.releases.test_under_load import roots
from tests.stack import Stack
from tests.tabs import NOT_FOUND, Tabs, answers, quiet, write

OPEN = {"handshakes_per_minute": 10_000, "messages_per_minute": 10_000}


@pytest.mark.parametrize("worker", [pytest.param("earlier", marks=pytest.mark.soak), "present"])
async def test_a_sender_gets_stored_or_the_refusal_and_the_other_tab_the_message(
    fresh_stack: Stack, earlier: Path, worker: str
) -> None:
    (for_worker,) = roots(earlier, worker)
    running = fresh_stack.spawn("worker", root=for_worker)
    running.wait_until(lambda: '"worker.ready"' in running.text, within=PATIENCE, what="ready")
    servers = [
        fresh_stack.spawn("server", root=root, **OPEN) for root in roots(earlier, "present", "earlier")
    ]
    tabs = Tabs(fresh_stack, *servers)
    async with tabs.open(tabs.here) as present, tabs.open(tabs.there) as of_before:
        for sender, other in ((present, of_before), (of_before, present)):
            ref, refused = os.urandom(16), os.urandom(16)
            await write(sender, ref, rid=7)
            await other.first(MESSAGE, lambda frame, ref=ref: frame[4] == ref)
            await write(sender, refused, rid=8, talk=os.urandom(16))
            error = await sender.first(ERROR)
            assert (error[1], error[2], error[6]) == (8, NOT_FOUND, refused)
            await quiet(other)
            assert [frame[0] for frame in answers(sender)] == [STORED, ERROR]
            assert [frame[0] for frame in answers(other)] == [STORED, MESSAGE]
            for socket in (sender, other):
                socket.frames.clear()
    assert fresh_stack.sql("SELECT count(*) FROM messages")[0][0] == 2
    assert fresh_stack.sql("SELECT count(*) FROM dead_letters")[0][0] == 0
