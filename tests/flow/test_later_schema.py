"""This release runs on the schema of a later one: additions of a `pre_` migration do not affect it."""

import pytest
import trio

from tests.client import MESSAGE
from tests.flow.later import a_talk
from tests.stack import Stack


@pytest.mark.soak
def test_this_release_runs_on_the_schema_of_a_later_one(fresh_stack: Stack) -> None:
    """A `pre_` migration may add columns with defaults, tables and indexes."""
    for statement in (
        "ALTER TABLE messages ADD COLUMN translated_at timestamptz",
        "ALTER TABLE messages ADD COLUMN visible boolean NOT NULL DEFAULT true",
        "ALTER TABLE outbox ADD COLUMN trace uuid, ADD COLUMN partition int",
        "ALTER TABLE consumer_events ADD COLUMN payload bytea",
        "ALTER TABLE conversations ADD COLUMN snoozed_until timestamptz",
        "ALTER TABLE visitors ADD COLUMN email text",
        "ALTER TABLE projects ADD COLUMN settings jsonb NOT NULL DEFAULT '{}'",
        "ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT ''",
        "CREATE TABLE later (project_id uuid NOT NULL REFERENCES projects ON DELETE CASCADE, id uuid)",
        "INSERT INTO schema_migrations (name, checksum) VALUES ('9999_pre_later.sql', '')",
    ):
        fresh_stack.sql(statement)
    server = fresh_stack.spawn("server", handshakes_per_minute=10_000)
    fresh_stack.spawn("worker")
    server.wait_for_path("/readyz")

    async def talk() -> None:
        async with a_talk(fresh_stack, server) as made:
            await made.agent.reply(made.conversation, "answer")
            await made.socket.first(MESSAGE)
            assert await made.write("second") == 3

    trio.run(talk)
