"""The bench against a real server and worker: a short run is clean, and what prevents the load is named."""

import asyncio
import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import growth
from bench.load.assistant import model
from bench.target import Target
from server.launch.program import Program
from tests import ports
from tests.client import text
from tests.people import PASSWORD, add_agent, add_project
from tests.running import Running
from tests.stack import ROOT, Stack, clean_environment

VISITORS = 40
SHORT = ("--visitors", str(VISITORS), "--seconds", "3")


@pytest.fixture(scope="module")
def server(stack: Stack) -> Running:
    """A server with the default limits."""
    made = stack.spawn("server")
    stack.spawn("worker")
    made.wait_for_path("/readyz")
    return made


def bench(*args: object) -> subprocess.CompletedProcess[str]:
    return python("bench", *args)


def python(module: str, *args: object, **environment: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", module, *map(str, args)]
    return subprocess.run(
        words,
        cwd=ROOT,
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def as_launched(stack: Stack, server: Running, directory: Path) -> Path:
    """The run.json that the launcher would have written."""
    workers = [running.pid for running in stack.processes if running.port is None]
    run = {
        "port": server.port,
        "dsn": stack.owner_url,
        "redis_url": stack.redis_url,
        "pids": {"launcher": 1, "postgres": None, "redis": None, "servers": [server.pid], "workers": workers},
    }
    (directory / "run.json").write_text(json.dumps(run))
    return directory


def result(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "result.json").read_text())
    return found


@pytest.mark.soak
def test_smoke_is_clean_and_leaves_figures_a_table_and_plots(
    stack: Stack, server: Running, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = bench("smoke", *SHORT, "--out", out, "--data", as_launched(stack, server, tmp_path))
    assert done.returncode == 0, done.stderr
    figures = result(out)
    assert figures["sent"] == 150
    assert figures["ledger"]["checked"] == "rows and receptions"
    assert figures["stored_ms"]["p50"] > 0 < figures["agent_ms"]["p50"]
    assert {"servers", "workers", "postgres", "redis", "total"} == set(figures["cpu_us_per_message"])
    assert {"latency.svg", "histogram.svg", "cpu.svg", "result.md"} <= {path.name for path in out.iterdir()}
    assert "visitor sends" in done.stdout


@pytest.mark.soak
def test_agents_answer_and_several_projects_stay_separate(
    stack: Stack, server: Running, tmp_path: Path
) -> None:
    data = as_launched(stack, server, tmp_path)
    done = bench("replies", *SHORT, "--agents", 10, "--rate", 20, "--out", tmp_path, "--data", data)
    assert done.returncode == 0, done.stderr
    figures = result(tmp_path)
    assert figures["profile"]["projects"] == 10
    assert figures["replied"] > 100
    assert figures["reply_ms"]["p50"] > 0


@pytest.mark.soak
def test_people_sign_in_during_the_load_and_the_ratio_is_reported(
    stack: Stack, server: Running, tmp_path: Path
) -> None:
    data = as_launched(stack, server, tmp_path)
    small = ("--rate", 20, "--agents", 10, "--turns", 1)
    done = bench("logins", *SHORT, *small, "--out", tmp_path, "--data", data)
    assert done.returncode == 0, done.stderr
    figures = result(tmp_path)
    without, with_sign_ins = (run["logins"] for run in figures["turns"][0])
    assert without == 0 < with_sign_ins <= 10, "a sign-in is half a second of CPU: some may not end in time"
    assert figures["login_ms"]["p50"] > 0 < figures["p99_ratio"]["stored_ms"]
    assert "p99 with sign-ins to p99 without" in done.stdout
    elsewhere = ("--target", server.url, "--project", "x", "--email", "x", "--password", "x")
    assert bench("logins", *SHORT, *small, *elsewhere).returncode == 2


@pytest.fixture
def asking(fresh_stack: Stack, tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A server and a worker that ask the provider of the bench, on a port of their own."""
    with ports.reserved() as held:
        port = ports.number(held)
        answering = fresh_stack.spawn("server")
        fresh_stack.spawn("worker", ai=model.setting(port))
        answering.wait_for_path("/readyz")
        yield as_launched(fresh_stack, answering, tmp_path), port


FEW = ("--rate", 20, "--agents", 10, "--turns", 1, "--answers", 3, "--askers", 40)


def on_port(port: int, *args: object) -> subprocess.CompletedProcess[str]:
    """The profile `assistant`, with another port of the provider than the fixed one."""
    program = f"""
import sys
from bench import __main__
from bench.load.assistant import model
model.PORT = {port}
sys.exit(__main__.main())
"""
    words = [sys.executable, "-c", program, "assistant", *map(str, (*SHORT, *FEW, *args))]
    return subprocess.run(
        words, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.soak
def test_the_assistant_answers_during_the_load_and_every_turn_is_of_one_piece(
    asking: tuple[Path, int], tmp_path: Path
) -> None:
    data, port = asking
    done = on_port(port, "--out", tmp_path, "--data", data)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    figures = result(tmp_path)
    without, with_turns = figures["turns"][0]
    assert "answers" not in without
    assert with_turns["answers"]["asked"] == 9
    assert with_turns["answers"]["most_running"] > 5
    assert not any(with_turns["answers"]["ledger"].values())
    assert figures["first_token_ms"]["p50"] > 0
    assert figures["cpu_us_per_turn"]["workers"] > 0 < figures["p99_ratio"]["stored_ms"]
    assert "p99 with turns to p99 without" in done.stdout


@pytest.mark.soak
def test_a_target_that_asks_another_provider_is_told_how_to_start(
    asking: tuple[Path, int], tmp_path: Path
) -> None:
    data, _ = asking
    elsewhere = ("--target", "http://127.0.0.1:1", "--project", "x", "--email", "x", "--password", "x")
    with ports.reserved() as held:
        done = on_port(ports.number(held), "--data", data)
        assert done.returncode == 2, done.stdout
        assert "PARLEY_AI=" in done.stderr
        assert "Traceback" not in done.stderr
        done = on_port(ports.number(held), *elsewhere)
    assert done.returncode == 2, done.stdout
    assert "run.json" in done.stderr


def test_the_directory_of_parley_data_is_the_default(stack: Stack, server: Running, tmp_path: Path) -> None:
    data = as_launched(stack, server, tmp_path)
    done = python("bench", "smoke", *SHORT, PARLEY_DATA=str(data))
    assert done.returncode == 0, done.stderr


SOON = """
import sys
from bench import __main__
from bench.load import absence
absence.TIMEOUT = 1.0
sys.exit(__main__.main())
"""


@pytest.mark.soak
def test_a_run_ends_with_an_error_when_its_target_stays_away(fresh_stack: Stack, tmp_path: Path) -> None:
    """The real timeout is 60 s; here it is 1 s."""
    fresh_stack.spawn("worker")
    gone = fresh_stack.spawn("server")
    project = add_project(fresh_stack)
    sign_in = ("--project", text(project), "--email", add_agent(fresh_stack, project), "--password", PASSWORD)
    log, words = tmp_path / "log", ("smoke", "--visitors", "5", "--seconds", "600", "--target", gone.url)
    made = Program(
        name="bench",
        argv=[sys.executable, "-c", SOON, *words, *sign_in],
        cwd=ROOT,
        log=log,
        env=clean_environment(),
    )
    running = Running(made)
    running.wait_for_line("sending")
    gone.kill()
    assert running.wait_for_end() == 2
    assert f"bench: {gone.url} has been unreachable for 1 s" in running.text


@pytest.mark.soak
def test_a_server_elsewhere_is_loaded_with_its_url_and_a_sign_in_alone(
    stack: Stack, server: Running, tmp_path: Path
) -> None:
    project = add_project(stack)
    email = add_agent(stack, project)
    sign_in = ("--project", text(project), "--email", email, "--password", PASSWORD)
    done = bench("smoke", *SHORT, "--out", tmp_path, "--target", server.url, *sign_in)
    assert done.returncode == 0, done.stderr
    figures = result(tmp_path)
    assert figures["ledger"]["checked"] == "receptions"
    assert "cpu_us_per_message" not in figures


@pytest.mark.parametrize("limit", ["handshakes_per_minute", "messages_per_minute"])
@pytest.mark.soak
def test_limits_that_would_refuse_the_load_are_named(stack: Stack, tmp_path: Path, limit: str) -> None:
    server = stack.spawn("server", **{limit: 2})
    data = as_launched(stack, server, tmp_path)
    done = bench("smoke", "--visitors", 10, "--seconds", 2, "--data", data)
    server.stop()
    assert done.returncode == 2, done.stdout
    assert f"PARLEY_{limit.upper()}" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.soak
def test_rows_that_vanish_are_a_loss_and_no_speed_is_reported(
    stack: Stack, server: Running, tmp_path: Path
) -> None:
    stack.sql(
        "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN CASE WHEN new.seq = 2 THEN NULL ELSE new END; END $$"
    )
    stack.sql("CREATE TRIGGER forget BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION forget()")
    try:
        done = bench("smoke", *SHORT, "--out", tmp_path, "--data", as_launched(stack, server, tmp_path))
    finally:
        stack.sql("DROP FUNCTION forget() CASCADE")
    assert done.returncode == 1, done.stderr
    assert "p99" not in done.stdout
    assert result(tmp_path)["ledger"]["lost"] > 0


@pytest.mark.soak
def test_a_day_in_locust_has_no_failures_and_measures_the_actions_of_people(
    stack: Stack, server: Running, tmp_path: Path
) -> None:
    data = as_launched(stack, server, tmp_path)
    project = add_project(stack)
    email = add_agent(stack, project)
    sign_in = ("--project", text(project), "--email", email, "--password", PASSWORD)
    load = ("--headless", "-u", 60, "-r", 60, "-t", "10s", "--csv", tmp_path / "day")
    done = python("locust", "-f", "bench/day/locustfile.py", *load, "--data", data, *sign_in)
    assert done.returncode == 0, done.stderr
    rows = {row["Name"]: row for row in csv.DictReader((tmp_path / "day_stats.csv").read_text().splitlines())}
    assert {"hello → welcome", "send → stored", "open page", "sign in"} <= set(rows)
    assert int(rows["send → stored"]["Request Count"]) > 0


def test_a_database_is_filled_up_to_a_number_of_messages(stack: Stack) -> None:
    target = Target(url="", projects=[], accounts=[], dsn=stack.owner_url)
    before = stack.sql("SELECT count(*) AS n FROM messages")[0]["n"]
    for wanted in (before + 200, before + 100):
        asyncio.run(growth.fill(target, wanted))
    assert stack.sql("SELECT count(*) AS n FROM messages")[0]["n"] == before + 200
    holes = "SELECT FROM conversations c WHERE last_seq <> (SELECT count(*) FROM messages m"
    assert stack.sql(f"{holes} WHERE m.conversation_id = c.id) AND c.snippet = ''") == []
