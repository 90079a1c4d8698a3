"""The launcher with real processes; fakes replace server and worker, so that only the launcher is tested."""

import json
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from core.assistant import graph, samples
from server.launch.postgres.embedded import APP_ROLE
from server.launch.valkey import answer
from tests import ports
from tests.database import sql
from tests.launcher import Launcher, alive, open_to_other_accounts, until
from tests.patience import PATIENCE
from tests.stack import ROOT

SERVER = """\
import http.server, os, signal, socket, sys

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *args):
        pass

class Server(http.server.HTTPServer):
    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()

if os.environ["PARLEY_LOG_LEVEL"] == "broken":
    sys.exit("the stand-in is broken")
signal.signal(signal.SIGTERM, lambda *_: (print("drained", flush=True), os._exit(0)))
Server((os.environ["PARLEY_HOST"], int(os.environ["PARLEY_PORT"])), Answer).serve_forever()
"""
WORKER = """\
import os, signal
from urllib.parse import urlsplit
print("database role", urlsplit(os.environ["PARLEY_DATABASE_URL"]).username, flush=True)
print("providers", os.environ["PARLEY_AI"], flush=True)
signal.signal(signal.SIGTERM, lambda *_: (print("stopped", flush=True), os._exit(0)))
while True:
    signal.pause()
"""
TAKEN = (
    "server/__init__.py",
    "server/launch",
    "core",
    "migrations",
    "worker/assistant/__init__.py",
    "worker/assistant/scripted",
)


def listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port)).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory that other accounts can read, unlike pytest's; removed afterwards."""
    with open_to_other_accounts(tmp_path_factory.mktemp("x")) as made:
        yield made


@pytest.fixture(scope="module")
def tree(place: Path) -> Path:
    """The launcher with fakes for the programs that it starts."""
    made = place / "tree"
    for name in TAKEN:
        source = ROOT / name
        target = made / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (made / "worker" / "__init__.py").touch()
    (made / "server" / "__main__.py").write_text(SERVER)
    (made / "worker" / "__main__.py").write_text(WORKER)
    return made


@pytest.fixture
def launch(tree: Path, place: Path) -> Iterator:
    """Start launchers; those that a test leaves running are killed with their children."""
    started: list[Launcher] = []

    def start(data: str, **settings: object) -> Launcher:
        made = Launcher(tree, place / data, place, **settings)
        started.append(made)
        return made

    yield start
    for launcher in started:
        if launcher.process.poll() is None:
            launcher.process.kill()
        launcher.process.wait()
        launcher.process.stderr.close()
        launcher.reserved.close()


def test_a_cold_start_reports_to_scripts_and_people_what_they_need(launch) -> None:
    launcher = launch("cold", server_processes=2, worker_processes=2)
    launcher.ready()
    state = launcher.state()
    demo = json.loads((launcher.data / "demo.json").read_text())
    assert state["port"] == launcher.port
    assert state["project"] == demo["project"]
    assert state["dsn"].startswith("postgresql://")
    assert state["redis_url"].startswith("redis://")
    assert [len(state["pids"][name]) for name in ("servers", "workers")] == [2, 3]
    assert all(alive(pid) for pid in launcher.all_pids())
    for name in ("run.json", "demo.json", "secret"):
        assert (launcher.data / name).stat().st_mode & 0o777 == 0o600
    page, mails = f"http://127.0.0.1:{launcher.port}/demo", str(launcher.data / "mail")
    for shown in (page, "/app", demo["email"], demo["password"], mails):
        assert shown in launcher.said
    assert ("Server, worker and Valkey run as root" in launcher.said) is (os.geteuid() == 0)


@pytest.mark.soak
def test_a_cluster_is_started_and_found_again_with_its_data(launch) -> None:
    """make run CLUSTER=1, twice."""
    launcher = launch("cluster", embedded_cluster=True)
    launcher.ready()
    assert "a cluster of 3 with replicas" in launcher.said
    url = launcher.state()["redis_url"]
    assert url.startswith("redis+cluster://")
    first = url.replace("redis+cluster", "redis").partition(",")[0]
    nodes = [line.split() for line in answer(first, "cluster", "NODES").splitlines()]
    assert (
        sorted(flags.removeprefix("myself,") for _, _, flags, *_ in nodes) == ["master"] * 3 + ["slave"] * 3
    )
    assert answer(first, "SET", "{06S}", "kept") == "OK"  # in slot 0
    assert launcher.stop() == 0
    again = launch("cluster", embedded_cluster=True)
    again.ready()
    assert again.state()["redis_url"] == url
    assert answer(first, "GET", "{06S}") == "kept"


def test_workers_get_a_database_role_that_owns_nothing(launch) -> None:
    launcher = launch("roles")
    launcher.ready()
    log = launcher.data / "log" / "worker-1.log"
    until(lambda: f"database role {APP_ROLE}" in log.read_text())
    owner = launcher.state()["dsn"]
    (role,) = sql(
        owner, "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = $1", APP_ROLE
    )
    assert tuple(role) == (False, False, False)
    owned = "SELECT 1 FROM pg_shdepend WHERE deptype = 'o' AND refobjid = to_regrole($1)"
    assert sql(owner, owned, APP_ROLE) == []
    assert sql(owner, "SELECT has_table_privilege($1, 'messages', 'INSERT')", APP_ROLE)[0][0]


def providers_of(launcher: Launcher) -> list[dict[str, object]]:
    """PARLEY_AI, as the worker sees it."""
    log = launcher.data / "log" / "worker-1.log"
    until(lambda: "providers " in log.read_text())
    line = next(line for line in log.read_text().splitlines() if line.startswith("providers "))
    return json.loads(line.removeprefix("providers "))


def test_the_demo_has_a_scripted_assistant(launch) -> None:
    launcher = launch("assistant")
    launcher.ready()
    (provider,) = providers_of(launcher)
    assert (provider["name"], provider["scripted"]) == ("demo assistant, scripted", True)
    assert httpx.get(f"{provider['base_url']}/models", timeout=PATIENCE).json()["object"] == "list"
    owner, project = launcher.state()["dsn"], launcher.state()["project"]
    found = "SELECT enabled, mode, published FROM assistants WHERE project_id = $1"
    assert [tuple(row) for row in sql(owner, found, project)] == [(True, "workflow", 1)]
    (row,) = sql(owner, "SELECT workflow::text FROM workflow_versions WHERE project_id = $1", project)
    assert graph.parse(row[0].encode()) == samples.SMALL
    assert "PARLEY_" not in Path(f"/proc/{launcher.pids()['assistant'][0]}/environ").read_text()


def test_the_operators_providers_replace_the_scripted_one(launch) -> None:
    given = [{"name": "Mine", "base_url": "https://api.example.com/v1", "model": "small-1"}]
    launcher = launch("providers", ai=json.dumps(given))
    launcher.ready()
    assert providers_of(launcher) == given
    assert launcher.pids()["assistant"] == []


def test_the_settings_of_the_demo_assistant_are_kept(launch) -> None:
    first = launch("kept")
    first.ready()
    owner, project = first.state()["dsn"], first.state()["project"]
    sql(owner, "UPDATE assistants SET enabled = false, name = 'Mine' WHERE project_id = $1", project)
    first.stop()
    second = launch("kept", port=first.port)
    second.ready()
    (row,) = sql(second.state()["dsn"], "SELECT enabled, name, version FROM assistants")
    assert tuple(row) == (False, "Mine", 1)
    assert len(sql(second.state()["dsn"], "SELECT FROM workflow_versions")) == 1


@pytest.mark.alone
def test_a_warm_start_is_fast_keeps_the_data_and_does_not_repeat_the_password(launch) -> None:
    first = launch("warm")
    first.ready()
    demo, secret = ((first.data / name).read_text() for name in ("demo.json", "secret"))
    assert first.stop() == 0
    second = launch("warm", port=first.port)
    assert second.ready() < 3 * 2  # seconds; the promise is 3 on an idle machine
    assert demo == (second.data / "demo.json").read_text()
    assert secret == (second.data / "secret").read_text()
    assert json.loads(demo)["password"] not in second.said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_processes_in_order(launch, number: int) -> None:
    launcher = launch("asked")
    launcher.ready()
    pids = launcher.all_pids()
    assert launcher.stop(number) == 0
    assert not any(alive(pid) for pid in pids)
    assert not (launcher.data / "run.json").exists()
    assert "drained" in (launcher.data / "log" / "server-1.log").read_text()
    assert "stopped" in (launcher.data / "log" / "worker-1.log").read_text()
    assert "database system is shut down" in (launcher.data / "log" / "postgres.log").read_text()


def test_a_child_that_dies_is_restarted(launch) -> None:
    launcher = launch("again")
    launcher.ready()
    for name in ("servers", "workers", "assistant", "postgres", "redis"):
        before = launcher.pids()[name]
        os.kill(before[0] if isinstance(before, list) else before, signal.SIGKILL)
        until(lambda name=name, before=before: launcher.pids()[name] not in (before, [], None))
    until(lambda: listens(launcher.state()["redis_url"]))
    until(lambda: listens(launcher.state()["dsn"]))
    until(lambda: all(alive(pid) for pid in launcher.all_pids()))


@pytest.mark.soak
def test_all_children_die_with_the_launcher_and_the_next_start_recovers(launch) -> None:
    first = launch("orphans", server_processes=2)
    first.ready()
    pids = first.all_pids()
    first.process.kill()
    first.process.wait()
    until(lambda: not any(alive(pid) for pid in pids))
    second = launch("orphans", port=first.port)
    second.ready()


@pytest.mark.soak
def test_the_launcher_recovers_after_all_processes_were_killed_at_once(launch) -> None:
    first = launch("killed")
    first.ready()
    for pid in first.all_pids():
        os.kill(pid, signal.SIGKILL)
    first.process.wait()
    (first.data / "postgres" / "data" / "postmaster.pid").write_text(
        f"{os.getpid()}\n/stale\n0\n1\n\n\n\nready\n"
    )
    launch("killed", port=first.port).ready()


def one_sentence(launcher: Launcher) -> str:
    """Its error message: exit code 1, one line, no traceback."""
    said = launcher.complaint()
    assert launcher.process.returncode == 1, said
    assert said.startswith("parley: ")
    assert said.count("\n") == 1
    return said


def test_a_port_in_use_is_reported(launch) -> None:
    with ports.reserved() as taken:
        taken.listen()
        port = ports.number(taken)
        assert f"port {port} on 127.0.0.1 is taken" in one_sentence(launch("taken", port=port))


@pytest.mark.soak
def test_a_second_launcher_on_the_same_data_is_refused(launch) -> None:
    first = launch("twice")
    first.ready()
    said = one_sentence(launch("twice"))
    assert "already runs" in said
    assert str(first.process.pid) in said


def test_a_misspelt_setting_is_reported(launch) -> None:
    assert "PARLEY_PROT" in one_sentence(launch("misspelt", prot="8000"))


@pytest.mark.soak
def test_the_error_of_a_server_that_cannot_start_is_reported(launch) -> None:
    assert "the stand-in is broken" in one_sentence(launch("broken", log_level="broken"))


def test_a_data_directory_without_write_permission_is_reported(launch, place: Path) -> None:
    (place / "a-file").write_text("")
    assert "data directory" in one_sentence(launch("a-file/data"))


@pytest.mark.soak
def test_a_database_of_another_version_is_not_touched(launch) -> None:
    first = launch("version")
    first.ready()
    first.stop()
    version = first.data / "postgres" / "data" / "PG_VERSION"
    version.write_text("9\n")
    assert "PostgreSQL 9" in one_sentence(launch("version"))


@pytest.mark.soak
def test_a_failing_migration_is_reported(launch, tree: Path) -> None:
    bad = tree / "migrations" / "9999_pre_bad.sql"
    bad.write_text("SELECT no_such_function();\n")
    try:
        assert "no_such_function" in one_sentence(launch("migration"))
    finally:
        bad.unlink()


def test_a_database_that_does_not_answer_is_reported(launch) -> None:
    with ports.reserved() as away:
        url = f"postgresql://a:b@127.0.0.1:{ports.number(away)}/c"
        said = one_sentence(launch("external", database_url=url))
    assert "database" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has data that another account cannot reach")
@pytest.mark.soak
def test_data_that_the_postgres_account_cannot_read_is_kept_elsewhere_and_linked(launch, place: Path) -> None:
    (place / "closed").mkdir(mode=0o700)
    first = launch("closed/data")
    first.ready()
    link = first.data / "postgres"
    try:
        assert link.is_symlink()
        assert link.resolve().stat().st_uid != 0
        demo = (first.data / "demo.json").read_text()
        first.stop()
        second = launch("closed/data")
        second.ready()
        assert (second.data / "demo.json").read_text() == demo
        second.stop()
    finally:
        shutil.rmtree(link.resolve())
