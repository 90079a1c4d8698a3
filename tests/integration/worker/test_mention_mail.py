"""The mail about a mention: who gets it, once, and not when it was read or is of no use any more."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import pytest

from core import content, ids
from core.action_context import ActionContext
from core.content import Mentioned, Mentions
from core.db.ops.audit import Actor
from core.ids import ConversationId, UserId, VisitorId
from core.notes import visitor_notes
from tests.integration.core.core_fixture import NOW
from tests.integration.worker.office import Office
from tests.integration.worker.test_assignment_mail import worked_off, worker
from tests.smtp import Outbox
from tests.stack import Stack

TEMPLATE = "mentioned"


@pytest.fixture
def office(fresh_stack: Stack) -> Office:
    return Office(fresh_stack)


def mention(office: Office, conversation: ConversationId, *, text: str = "@Ben, a secret") -> None:
    """Ann mentions Ben in an internal note."""
    users = Mentions((Mentioned(UUID(bytes=office.ben), "Ben"),))
    note = office.reply(conversation, text, note=True)
    office.apply(msgspec.structs.replace(note, content=content.packed(users)))


def visitor_of(office: Office, conversation: ConversationId) -> VisitorId:
    ((visitor,),) = office.stack.sql(
        "SELECT visitor_id FROM conversations WHERE id = $1", UUID(bytes=conversation)
    )
    return VisitorId(visitor.bytes)


def write_note(office: Office, visitor: VisitorId) -> None:
    """Ann mentions Ben in a note about the visitor."""
    by = ActionContext(actor=Actor("user", office.agent, "Ann"), now=NOW)

    async def work(conn: Any) -> None:
        await visitor_notes.write(
            conn,
            by,
            office.project,
            visitor,
            author=office.agent,
            text="@Ben",
            mentioned=[UserId(office.ben)],
        )

    office.run(work)


def test_a_mentioned_teammate_gets_one_mail_without_the_text(office: Office, outbox: Outbox) -> None:
    conversation = office.conversation()
    mention(office, conversation)
    ((due_in,),) = office.stack.sql("SELECT extract(epoch FROM due_at - now())::float FROM consumer_events")
    assert 20 < due_in <= 30
    office.due_now()
    sends = worker(office, outbox, public_url="https://chat.example")
    mail = outbox.wait_for(office.address, TEMPLATE)
    name = f"Visitor #{visitor_of(office, conversation).hex()[-6:]}"
    assert mail.message["Subject"] == f"Ann mentioned you in a note about {name}"
    link = f"https://chat.example/app/p/{ids.text(office.project)}/c/{ids.text(conversation)}"
    assert link in mail.text and mail.html.count(link) == 3
    assert "secret" not in mail.raw.decode()
    worked_off(office, sends)
    assert outbox.received == [], "no other one"


@pytest.mark.soak
def test_it_is_written_in_the_language_of_the_teammate(office: Office, outbox: Outbox) -> None:
    office.stack.sql("UPDATE users SET language = 'vi' WHERE id = $1", UUID(bytes=office.ben))
    write_note(office, visitor_of(office, office.conversation()))
    office.due_now()
    worker(office, outbox)
    assert "đã nhắc đến bạn" in outbox.wait_for(office.address, TEMPLATE).message["Subject"]


def test_mentions_in_notes_about_one_visitor_make_one_mail(office: Office, outbox: Outbox) -> None:
    conversation = office.conversation()
    for _ in range(3):
        write_note(office, visitor_of(office, conversation))
    write_note(office, visitor_of(office, office.conversation()))
    for _ in range(2):
        mention(office, conversation)
    assert office.count("consumer_events") == 6
    office.due_now()
    worked_off(office, worker(office, outbox))
    assert len(outbox.received) == 3, "two visitors, and one conversation"


LATER = {
    "opted out": "UPDATE users SET mail_on_mention = false",
    "deactivated": "UPDATE users SET state = 'deactivated'",
    "left": "DELETE FROM memberships",
    "note gone": "DELETE FROM visitor_notes",
    "project deleted": "UPDATE projects SET deleted_at = now()",
    "read": "UPDATE mentions SET read_at = now()",
}


@pytest.mark.parametrize("later", LATER)
@pytest.mark.soak
def test_a_mail_that_is_of_no_use_any_more_is_not_sent(office: Office, outbox: Outbox, later: str) -> None:
    write_note(office, visitor_of(office, office.conversation()))
    assert office.count("consumer_events") == 1
    office.stack.sql(LATER[later])
    office.due_now()
    worked_off(office, worker(office, outbox))
    assert outbox.received == []


BEFORE = {
    "opted out": "UPDATE users SET mail_on_mention = false",
    "suspended": "UPDATE users SET state = 'suspended'",
    "left": "DELETE FROM memberships WHERE user_id <> (SELECT id FROM users WHERE full_name = 'Ann')",
}


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.soak
def test_a_teammate_who_wants_or_can_get_no_mail_makes_no_row(office: Office, before: str) -> None:
    conversation = office.conversation()
    office.stack.sql(BEFORE[before])
    mention(office, conversation)
    assert office.count("consumer_events") == 0
    assert office.count("mentions") == (0 if before == "left" else 1)


@pytest.mark.soak
def test_a_member_who_is_being_removed_does_not_hold_up_a_note(office: Office) -> None:
    conversation = office.conversation()

    async def remove_meanwhile(conn: Any) -> None:
        async with conn.transaction():
            await conn.execute(
                "DELETE FROM memberships WHERE project_id = $1 AND user_id = $2", office.project, office.ben
            )
            await asyncio.wait_for(asyncio.to_thread(mention, office, conversation), 10)

    office.run(remove_meanwhile)
    assert office.count("messages") == 2 and office.count("mentions") == 0
