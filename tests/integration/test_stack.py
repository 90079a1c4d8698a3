"""The harness itself: what other tests lean on holds."""

import pytest

from tests.stack import Stack


def test_each_stack_has_an_empty_migrated_database_of_its_own(stack: Stack, fresh_stack: Stack) -> None:
    assert stack.database_url != fresh_stack.database_url
    assert fresh_stack.sql("SELECT id FROM projects") == []


async def test_statements_can_be_run_while_trio_runs(stack: Stack) -> None:
    assert [tuple(row) for row in stack.sql("SELECT $1::int + 1", 2)] == [(3,)]


def test_postgres_comes_back_on_its_port_after_an_immediate_stop(stack: Stack) -> None:
    stack.sql("CREATE TABLE kept (n int)")
    stack.sql("INSERT INTO kept VALUES (7)")
    stack.servers.restart_postgres()
    assert [row["n"] for row in stack.sql("SELECT n FROM kept")] == [7]


@pytest.mark.parametrize("kill", [False, True])
def test_valkey_comes_back_with_what_it_wrote(stack: Stack, kill: bool) -> None:
    assert stack.redis("SET", "kept", "7") == b"+OK"
    if not kill:
        stack.servers.restart_valkey()
        assert stack.redis("STRLEN", "kept") == b":1"
    else:
        stack.servers.restart_valkey(kill=True)
        assert stack.redis("PING") == b"+PONG"
