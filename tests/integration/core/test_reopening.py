"""Hop 5: what a message does to a solved conversation, and what one that has ended takes."""

from typing import Any

import pytest

from core.apply.apply import Refused
from core.db.chat import changes
from core.errors import Refusal
from tests.integration.core.core_fixture import NOW, CoreFixture
from tests.integration.core.test_apply import begun, core_fixture, limited, posted, process, stored
from tests.stack import Stack

__all__ = ["core_fixture", "limited"]


def test_with_limited_history_a_reply_that_the_visitor_would_not_see_is_refused(limited: CoreFixture) -> None:
    first = begun(limited)
    process(limited, limited.status(first.conversation, "solved"))
    refused, noted = process(
        limited, limited.reply(first.conversation), limited.reply(first.conversation, note=True)
    )
    assert refused == Refused(Refusal.CLOSED) and posted(noted).seq == 2
    process(limited, limited.status(first.conversation, "open"))
    assert posted(process(limited, limited.reply(first.conversation))[0]).seq == 3


@pytest.mark.parametrize("mode", ["forever", "limit_to_active"])
def test_where_the_project_says_so_an_agents_reply_reopens_a_solved_conversation(
    stack: Stack, mode: Any
) -> None:
    where = CoreFixture(stack.database_url, mode)
    where.run(
        lambda conn: conn.execute("UPDATE projects SET reopen_on_reply = true WHERE id = $1", where.project)
    )
    first = begun(where)
    process(where, where.status(first.conversation, "solved"))
    (noted,) = process(where, where.reply(first.conversation, note=True))
    assert not posted(noted).reopened and stored(where, first.conversation).status == "solved"
    event = posted(process(where, where.reply(first.conversation))[0])
    assert (event.reopened, event.change) == (True, 2)
    assert stored(where, first.conversation).status == "open"
    (_, change) = where.run(
        lambda conn: changes.between(conn, where.project, first.conversation, first=0, last=None)
    )
    assert (change.status, change.party, change.actor, change.seq) == (
        "open",
        "agent",
        where.agent,
        event.seq,
    )
    assert not posted(process(where, where.reply(first.conversation))[0]).reopened
    next_text = posted(process(where, where.post(first.visitor))[0])
    assert next_text.conversation == first.conversation


def test_with_limited_history_a_solved_conversation_ends_with_the_next_message(limited: CoreFixture) -> None:
    first = begun(limited)
    process(limited, limited.status(first.conversation, "solved"))
    second = posted(process(limited, limited.post(first.visitor, conversation=first.conversation))[0])
    assert second.conversation != first.conversation
    assert second.seq == 1
    assert stored(limited, first.conversation).ended_at == NOW
    assert (
        process(
            limited,
            limited.reply(first.conversation),
            limited.reply(first.conversation, note=True),
            limited.status(first.conversation, "open"),
            limited.assign(first.conversation, limited.agent),
        )
        == [Refused(Refusal.CLOSED)] * 4
    )
    third = posted(process(limited, limited.post(first.visitor, conversation=first.conversation))[0])
    assert (third.conversation, third.seq) == (second.conversation, 2)


def test_solving_and_writing_in_one_batch_starts_another_conversation(limited: CoreFixture) -> None:
    first = begun(limited)
    _, second, third = process(
        limited,
        limited.status(first.conversation, "solved"),
        limited.post(first.visitor),
        limited.post(first.visitor),
    )
    assert posted(second).conversation == posted(third).conversation != first.conversation


def test_an_agents_reply_takes_the_next_seq_and_does_not_reopen(core_fixture: CoreFixture) -> None:
    first = begun(core_fixture)
    process(core_fixture, core_fixture.status(first.conversation, "solved"))
    event = posted(process(core_fixture, core_fixture.reply(first.conversation))[0])
    assert (event.seq, event.author_party, event.author, event.visitor) == (
        2,
        "agent",
        core_fixture.agent,
        first.visitor,
    )
    assert stored(core_fixture, first.conversation).status == "solved"
