"""What the janitor removes of accounts: expired tokens and sessions, and the names of deleted users."""

import os
from uuid import UUID

import pytest

from tests.people import add_agent, add_project
from tests.stack import Stack


def user_of(stack: Stack, email: str) -> UUID:
    (row,) = stack.sql("SELECT id FROM users WHERE email = $1", email)
    made: UUID = row[0]
    return made


def add_token(stack: Stack, user: UUID, *, expires: str) -> None:
    stack.sql(
        "INSERT INTO user_tokens (token_hash, user_id, purpose, email, expires_at) "
        "VALUES ($1, $2, 'verify_email', 'mai@shop.example', now() + $3::text::interval)",
        os.urandom(32),
        user,
        expires,
    )


def test_expired_tokens_are_removed_and_the_others_stay(fresh_stack: Stack) -> None:
    user = user_of(fresh_stack, add_agent(fresh_stack, add_project(fresh_stack)))
    add_token(fresh_stack, user, expires="-1 second")
    add_token(fresh_stack, user, expires="1 hour")
    worker = fresh_stack.spawn("worker", "janitor")
    worker.wait_until(
        lambda: len(fresh_stack.sql("SELECT 1 FROM user_tokens")) == 1, what="removing the expired token"
    )
    (row,) = fresh_stack.sql("SELECT expires_at > now() FROM user_tokens")
    assert row[0] is True


def test_the_name_of_a_deleted_user_is_removed_from_messages(fresh_stack: Stack) -> None:
    project = add_project(fresh_stack)
    mai, tom = (user_of(fresh_stack, add_agent(fresh_stack, project, name=name)) for name in ("Mai", "Tom"))
    visitor, conversation = (UUID(bytes=os.urandom(16)) for _ in range(2))
    fresh_stack.sql("INSERT INTO visitors (project_id, id) VALUES ($1, $2)", UUID(bytes=project), visitor)
    fresh_stack.sql(
        "INSERT INTO conversations (project_id, id, visitor_id, last_message_at) VALUES ($1, $2, $3, now())",
        UUID(bytes=project),
        conversation,
        visitor,
    )
    for sender, name, first in ((mai, "Mai", 1), (tom, "Tom", 3_001)):
        fresh_stack.sql(
            """
            INSERT INTO messages (project_id, conversation_id, seq, id, sender_party, sender_id, sender_name,
                                  ref, kind, body, at)
            SELECT $1, $2, $5 + n, gen_random_uuid(), 'agent', $3, $4, gen_random_uuid(), 'text', 'Hi', now()
            FROM generate_series(0, 2499) AS n
            """,
            UUID(bytes=project),
            conversation,
            sender,
            name,
            first,
        )
    fresh_stack.sql("UPDATE users SET state = 'deleted', still_named = true WHERE id = $1", mai)
    worker = fresh_stack.spawn("worker", "janitor")
    left = "SELECT 1 FROM users WHERE still_named"
    worker.wait_until(lambda: not fresh_stack.sql(left), what="removing the name")
    rows = fresh_stack.sql("SELECT sender_name, count(*) FROM messages GROUP BY sender_name ORDER BY 1")
    assert [(row[0], row[1]) for row in rows] == [("Deleted user", 2500), ("Tom", 2500)]


@pytest.mark.soak
def test_a_second_factor_ends_at_the_time_set_by_a_reset_and_its_owner_gets_a_mail(
    fresh_stack: Stack,
) -> None:
    project = add_project(fresh_stack)
    due, later = (user_of(fresh_stack, add_agent(fresh_stack, project, name=name)) for name in ("Mai", "Tom"))
    for user, ends in ((due, "-1 second"), (later, "1 hour")):
        fresh_stack.sql(
            "INSERT INTO two_factor (user_id, sealed, confirmed_at, ends_at) "
            "VALUES ($1, 'sealed', now(), now() + $2::text::interval)",
            user,
            ends,
        )
        fresh_stack.sql(
            "INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)", user, os.urandom(32)
        )
    worker = fresh_stack.spawn("worker", "janitor")
    worker.wait_until(lambda: len(fresh_stack.sql("SELECT 1 FROM two_factor")) == 1, what="ended")
    for left in ("SELECT user_id FROM two_factor", "SELECT user_id FROM recovery_codes"):
        assert [row[0] for row in fresh_stack.sql(left)] == [later]
    (mail,) = fresh_stack.sql("SELECT recipient, template FROM mails")
    assert mail["recipient"].startswith("mai-") and mail["template"] == "account_changed"
    (row,) = fresh_stack.sql("SELECT actor_kind, entity_id FROM audit_log WHERE action = 'two_factor.ended'")
    assert tuple(row) == ("system", due)


@pytest.mark.soak
def test_an_unconfirmed_account_is_removed_after_a_week(fresh_stack: Stack) -> None:
    project = add_project(fresh_stack)
    names = ("Old", "Young", "Mailed", "Confirmed")
    made = {name: user_of(fresh_stack, add_agent(fresh_stack, project, name=name)) for name in names}
    fresh_stack.sql("DELETE FROM memberships")
    fresh_stack.sql("UPDATE users SET email_verified_at = NULL WHERE id <> $1", made["Confirmed"])
    fresh_stack.sql("UPDATE users SET created_at = now() - interval '8 days' WHERE id <> $1", made["Young"])
    add_token(fresh_stack, made["Mailed"], expires="1 hour")
    (system,) = fresh_stack.sql("SELECT count(*) FROM users WHERE id <> ALL($1)", list(made.values()))
    worker = fresh_stack.spawn("worker", "janitor")
    gone = "SELECT 1 FROM users WHERE id = $1"
    worker.wait_until(lambda: not fresh_stack.sql(gone, made["Old"]), what="removing the old account")
    left = {row[0] for row in fresh_stack.sql("SELECT id FROM users")}
    assert {made["Young"], made["Mailed"], made["Confirmed"]} <= left
    assert len(left) == 3 + system[0]
