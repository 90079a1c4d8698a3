"""The audit log gets partitions while servers and workers of the release write, read and clean it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from server.launch.postgres.embedded import APP_ROLE
from tests.database import sql
from tests.releases.history import Release
from tests.stack import ROOT, Servers, clean_environment

MONTHS: Final = 14
A_MONTH: Final = 500  # entries
PROGRAM: Final = """
import asyncio, select, sys, time
try:
    from core.db.ops import audit
except ImportError:  # 0.1.0
    from core.db import audit
from core import ids
from worker import pool

def entry(project):
    return audit.Entry(project=project, actor=audit.Actor("nobody"), action="session.refused",
                       entity="session", entity_id=None, result="denied", address="", agent="", changes={})

async def main(url, project):
    async with pool.connection(url, name="earlier") as conn:
        while True:
            stop = select.select([sys.stdin], [], [], 0)[0]
            for of in (project, None):
                now = time.time_ns() // 1_000_000
                made = ids.make(now)
                async with conn.transaction():
                    await audit.add(conn, entry(of), now=now, entry_id=made)
                await audit.add(conn, entry(of), now=now, entry_id=made)  # a retry
                print(made.hex(), flush=True)
            (newest, *_) = await audit.page(conn, project, wanted=audit.Wanted(), after=None, limit=50)
            assert newest.action == "session.refused", newest
            await audit.installation_page(conn, wanted=audit.Wanted(), after=None, limit=50)
            await audit.remove_old(conn, before=0)
            if stop:
                return

asyncio.run(main(sys.argv[1], bytes.fromhex(sys.argv[2])))
"""
FILL: Final = """
INSERT INTO audit_log (id, project_id, at, actor_kind, action, entity, result)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
        || substr(md5(n || 'a'), 1, 3) || '8' || substr(md5(n || 'b'), 1, 15))::uuid,
       CASE WHEN n % 2 = 0 THEN $1::uuid END, at, 'nobody', 'session.started', 'session', 'ok'
FROM generate_series(1, $2) n,
     LATERAL (SELECT date_trunc('milliseconds', now() - n * interval '1 month' / $3)) moment (at)
"""
PARTS: Final = """
SELECT inhrelid::regclass::text, pg_get_expr(relpartbound, oid)
FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'audit_log'::regclass
"""


@pytest.fixture
def database(servers: Servers) -> Iterator[str]:
    """The owner's URL of an empty database."""
    name = f"audit_{os.getpid()}"
    sql(servers.admin_url, f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield servers.url(name)
    sql(servers.admin_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def migrate(url: str, root: Path) -> None:
    environment = clean_environment() | {"PARLEY_DATABASE_URL": url, "PARLEY_DATABASE_APP_ROLE": APP_ROLE}
    done = subprocess.run(
        [sys.executable, "-m", "migrations"], cwd=root, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_no_entry_is_lost_when_the_audit_log_gets_partitions_under_the_release(
    servers: Servers, database: str, earlier: Path, release: Release
) -> None:
    migrate(database, earlier)
    project = UUID(bytes=os.urandom(16))
    sql(database, "INSERT INTO projects (id, name, domains) VALUES ($1, 'Shop', '{localhost}')", project)
    sql(database, FILL, project, MONTHS * A_MONTH, A_MONTH)
    before = {row[0] for row in sql(database, "SELECT id FROM audit_log")}
    assert len(before) == MONTHS * A_MONTH
    knows_roles = release.version != "0.1.0"
    url = servers.app_url(urlsplit(database).path[1:]) if knows_roles else database
    writer = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url, project.hex],
        cwd=earlier,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert writer.stdout is not None
    first = [writer.stdout.readline() for _ in range(20)]  # it writes before, during and after
    migrate(database, ROOT)
    said, errors = writer.communicate(b"stop", timeout=60)
    assert writer.returncode == 0, errors.decode()

    written = {UUID(line.decode().strip()) for line in [*first, *said.splitlines()]}
    assert {row[0] for row in sql(database, "SELECT id FROM audit_log")} == before | written
    # The month of the migration and the next are still in the table of before.
    parts = dict(sql(database, PARTS))
    assert parts["audit_log_default"] == "DEFAULT"
    assert parts["audit_log_first"].startswith("FOR VALUES FROM (MINVALUE) TO (")
    assert len(parts) == 4 and sql(database, "SELECT audit_log_months_ahead()")[0][0] == 3
    in_default = sql(database, "SELECT count(*) FROM audit_log_default")
    assert in_default[0][0] == 0
    sql(database, "DELETE FROM projects WHERE id = $1", project)
    left = sql(database, "SELECT count(*), count(project_id) FROM audit_log")
    assert tuple(left[0]) == ((len(before) + len(written)) // 2, 0)
