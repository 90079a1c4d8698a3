"""Servers and workers use a role that owns nothing; migrations grant it the rows."""

import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from server.launch.postgres.embedded import APP_ROLE
from tests.database import sql
from tests.running import Running
from tests.stack import ROOT, Servers, Stack, clean_environment

# Everything that a role may own in a cluster.
OWNED = (
    "SELECT classid::regclass::text, objid FROM pg_shdepend WHERE deptype = 'o' AND refobjid = to_regrole($1)"
)


@pytest.fixture
def database(servers: Servers) -> Iterator[str]:
    """The owner's URL of an empty database."""
    name = f"roles_{os.getpid()}"
    sql(servers.admin_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield servers.url(name)
    sql(servers.admin_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def migrate(url: str, role: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "migrations"],
        cwd=ROOT,
        env=clean_environment() | {"PARLEY_DATABASE_URL": url, "PARLEY_DATABASE_APP_ROLE": role},
        capture_output=True,
        text=True,
        check=False,
    )


def roles_of(stack: Stack) -> dict[str, set[str]]:
    """By which roles our processes are connected, by the name of the connection."""
    rows = stack.sql(
        "SELECT application_name, usename FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE 'parley%'"
    )
    made: dict[str, set[str]] = {}
    for name, role in rows:
        made.setdefault(name, set()).add(role)
    return made


def ready(server: Running, stack: Stack) -> bool:
    return server.get("/readyz")[0] == 200 and len(roles_of(stack)) > 2


def test_the_role_of_servers_and_workers_is_no_superuser_and_owns_nothing(fresh_stack: Stack) -> None:
    fresh_stack.spawn("worker")
    server = fresh_stack.spawn("server")
    server.wait_until(lambda: ready(server, fresh_stack), what="ready")
    connected = roles_of(fresh_stack)
    assert "parley-server" in connected
    assert set().union(*connected.values()) == {APP_ROLE}

    (role,) = fresh_stack.sql("SELECT * FROM pg_roles WHERE rolname = $1", APP_ROLE)
    rights = ("rolsuper", "rolcreaterole", "rolcreatedb", "rolreplication", "rolbypassrls")
    assert {right: role[right] for right in rights} == dict.fromkeys(rights, False)
    assert fresh_stack.sql(OWNED, APP_ROLE) == []
    assert fresh_stack.sql("SELECT 1 FROM pg_auth_members WHERE member = to_regrole($1)", APP_ROLE) == []


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (n int)",
        "DROP TABLE messages",
        "ALTER TABLE messages DISABLE TRIGGER ALL",
        "TRUNCATE messages",
        "UPDATE schema_migrations SET checksum = ''",
        "CREATE ROLE another",
        "COPY messages TO PROGRAM 'cat'",
    ],
)
def test_the_application_role_may_not(stack: Stack, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        sql(stack.database_url, statement)


def test_tables_of_later_migrations_are_granted_too(stack: Stack) -> None:
    stack.sql("CREATE TABLE later (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int)")
    sql(stack.database_url, "INSERT INTO later (n) VALUES (7)")
    assert [row["n"] for row in sql(stack.database_url, "SELECT n FROM later")] == [7]


def test_a_database_from_before_the_role_is_carried_over(database: str, servers: Servers) -> None:
    before = migrate(database, "")
    assert before.returncode == 0
    assert "PARLEY_DATABASE_APP_ROLE is not set, so no role was granted access to the rows" in before.stdout
    app = servers.app_url(urlsplit(database).path[1:])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        sql(app, "SELECT id FROM users")
    assert migrate(database, APP_ROLE).returncode == 0
    assert len(sql(app, "SELECT id FROM users")) == 1


def test_a_role_that_does_not_exist_is_named(database: str) -> None:
    done = migrate(database, "nobody_like_this")
    assert done.returncode == 1
    assert "the role nobody_like_this of PARLEY_DATABASE_APP_ROLE does not exist" in done.stderr


def test_the_role_that_owns_the_schema_is_refused(database: str) -> None:
    done = migrate(database, urlsplit(database).username or "")
    assert done.returncode == 1
    assert "is a superuser: use another role for servers" in done.stderr
