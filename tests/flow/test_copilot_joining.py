"""A tab that comes while the copilot answers. The model takes half a minute, so that it is never too late."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from tests.client import OK
from tests.flow.copilot_asking import END, GET, STOP, STOPPED, TOKEN, Asking
from tests.people import add_agent, add_project, at_work
from tests.running import Running
from tests.scripted import ai, scripted
from tests.stack import Stack


@pytest.fixture(scope="module")
def server(stack: Stack) -> Iterator[Running]:
    with scripted() as url:
        made = stack.spawn("server", handshakes_per_minute=10_000, messages_per_minute=10_000)
        stack.spawn("worker", ai=ai(url, "slow"))
        yield made


async def test_a_tab_that_comes_later_joins_the_stream_and_may_stop_it(stack: Stack, server: Running) -> None:
    project, port = add_project(stack), server.port or 0
    mine = add_agent(stack, project)
    async with at_work(port, project, mine) as agent:
        asking = Asking(stack, agent, mine)
        await asking.ask("Draft a reply", "draft_reply")
        token = await agent.socket.first(TOKEN)
        async with at_work(port, project, mine) as tab:
            await tab.socket.send(GET, 21, asking.session)
            await tab.socket.first(OK, lambda frame: frame[1] == 21)
            # Later tokens may have come before the answer.
            joined = await tab.socket.first(TOKEN, lambda frame: frame[4] == 0)
            assert joined[5].startswith(token[5])
            await tab.socket.send(STOP, 22, asking.session, token[2])
            answer = await tab.socket.first(OK, lambda frame: frame[1] == 22)
            assert answer[2] == "stopped"
            stopped = await agent.socket.first(STOPPED)
            said = "".join(frame[5] for frame in agent.socket.all(TOKEN))
            kept = stack.sql("SELECT text, state FROM copilot_messages WHERE id = $1", UUID(bytes=stopped[3]))
            assert tuple(kept[0]) == (said, "stopped")
            await tab.socket.send(STOP, 23, asking.session, token[2])
            answer = await tab.socket.first(OK, lambda frame: frame[1] == 23)
            assert answer[2] == "already_finished"
            assert agent.socket.all(END) == []
