"""A data directory whose search knows only ASCII letters is carried over, whenever the launcher is killed."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from server.launch.postgres import carry_over
from server.launch.postgres.embedded import APP_ROLE
from tests.database import sql
from tests.launcher import Launcher, open_to_other_accounts
from tests.patience import PATIENCE
from tests.releases.history import Release
from tests.stack import ROOT

Start = Callable[..., Launcher]
TEXTS = ("Привет, мир", "Xin chào, tôi cần được giúp đỡ", "hello", "日本語")
ADD = """
WITH visitor AS (
    INSERT INTO visitors (id, project_id, name) VALUES (gen_random_uuid(), $1, 'Нгуен') RETURNING id
), conversation AS (
    INSERT INTO conversations (id, project_id, visitor_id, last_seq, last_message_at)
    SELECT gen_random_uuid(), $1, id, cardinality($2::text[]) * 500, now() FROM visitor RETURNING id
)
INSERT INTO messages (id, project_id, conversation_id, seq, sender_party, sender_id, kind, body, ref, at)
SELECT gen_random_uuid(), $1, conversation.id, row_number() OVER (), 'visitor', visitor.id, 'text', body,
       gen_random_uuid(), now()
FROM visitor, conversation, unnest($2::text[]) body, generate_series(1, 500)
"""
COLUMNS = """
SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
FROM information_schema.columns WHERE table_schema = 'public' GROUP BY table_name
"""
SAME = ("users", "projects", "memberships", "visitors", "conversations", "messages", "audit_log")
"""Tables with rows that a start of the launcher does not change."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    with open_to_other_accounts(tmp_path) as made:
        yield made


@pytest.fixture
def start(place: Path) -> Iterator[Start]:
    """Start launchers of any release on one data directory."""
    started: list[Launcher] = []

    def launch(root: Path, **settings: object) -> Launcher:
        made = Launcher(root, place / "data", place, **settings)
        started.append(made)
        return made

    yield launch
    for launcher in started:
        if launcher.process.poll() is None:
            launcher.stop()
        if launcher.process.stderr is not None:
            launcher.process.stderr.close()
        launcher.reserved.close()


def columns(dsn: str) -> dict[str, str]:
    return dict(sql(dsn, COLUMNS))


def ledger(dsn: str, of: dict[str, str]) -> dict[str, list[str]]:
    """Every row of the tables in SAME, with the columns in `of`: a migration may add others."""
    return {
        name: [row[0] for row in sql(dsn, f"SELECT ROW({of[name]})::text FROM {name} ORDER BY 1")]  # noqa: S608
        for name in SAME
    }


def ctype(dsn: str) -> str:
    found: str = sql(dsn, "SELECT datctype FROM pg_database WHERE datname = current_database()")[0][0]
    return found


def other(dsn: str, database: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


def killed_at(start: Start, point: str) -> None:
    launcher = start(ROOT, failpoint=point)
    assert launcher.process.wait(PATIENCE) == -signal.SIGKILL, launcher.said


@pytest.mark.soak
def test_a_directory_of_the_last_release_is_carried_over_although_the_launcher_is_killed_three_times(
    start: Start, earlier: Path, release: Release, place: Path
) -> None:
    old = start(earlier)
    old.ready()
    dsn, project = old.state()["dsn"], old.state()["project"]
    assert ctype(dsn) == "C", f"{release.version} made clusters with this ctype"
    sql(dsn, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    assert sql(dsn, "SELECT show_trgm('Привет')")[0][0] == []
    sql(dsn, ADD, project, list(TEXTS))
    sql(dsn, "CREATE DATABASE second")
    sql(other(dsn, "second"), "CREATE TABLE kept AS SELECT 7 AS n")
    sql(dsn, "CREATE ROLE reader LOGIN PASSWORD 'reader'")
    known = columns(dsn)
    before = ledger(dsn, known)
    assert len(before["messages"]) == len(TEXTS) * 500
    old.stop()

    home = (place / "data" / "postgres").resolve()
    killed_at(start, "launch.copying")
    assert (home / "data").exists()
    assert not (home / carry_over.NEW / carry_over.MARK).exists(), "half a copy does not pass for a whole one"
    killed_at(start, "launch.copied")
    assert (home / "data").exists()
    killed_at(start, "launch.set_aside")
    assert not (home / "data").exists()
    assert (home / carry_over.KEPT).exists()

    new = start(ROOT)
    new.ready()
    dsn = new.state()["dsn"]
    assert ctype(dsn) == "C.UTF-8"
    assert ledger(dsn, known) == before
    assert known.keys() <= columns(dsn).keys()
    bodies = sql(dsn, "SELECT body, count(*) FROM messages GROUP BY body")
    assert {row[0]: row[1] for row in bodies} == dict.fromkeys(TEXTS, 500)
    assert sql(dsn, "SELECT similarity('Привет', 'Привет мир') > 0.5")[0][0]
    for found in ("Привет", "được giúp"):
        matches = sql(dsn, "SELECT DISTINCT body FROM messages WHERE $1 <% body", found)
        assert [row[0] for row in matches] == [next(text for text in TEXTS if found in text)]
    assert sql(other(dsn, "second"), "SELECT n FROM kept")[0][0] == 7
    roles = {row[0] for row in sql(dsn, "SELECT rolname FROM pg_roles WHERE rolcanlogin")}
    assert {"reader", "parley", APP_ROLE} <= roles
    new.stop()

    assert (home / carry_over.KEPT / "PG_VERSION").exists(), "the old one is kept"
    again = start(ROOT)
    again.ready()
    assert "database copied" not in again.said
