"""The launcher's secrets, its data directory, and the server programs that it finds on a machine."""

from pathlib import Path

import pytest

from server.launch import binaries, parent_death, program, secrets
from server.launch.console import LaunchError
from server.launch.directory import Demo, Directory, keep_demo, read_demo


def test_a_secret_is_created_once_with_mode_0600(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    first = secrets.kept(path)
    assert len(first) >= 32
    assert secrets.kept(path) == first
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_is_replaced_atomically_even_after_a_crash_left_a_partial_one(tmp_path: Path) -> None:
    (tmp_path / "run.json.half").write_text("{")
    secrets.write(tmp_path / "run.json", "{}")
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_demo_sign_in_is_read_as_it_was_written(tmp_path: Path) -> None:
    demo = Demo("demo@example.com", "p", "project", "user")
    keep_demo(tmp_path, demo)
    assert read_demo(tmp_path) == demo


def test_a_broken_demo_sign_in_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{")
    assert read_demo(tmp_path) is None


def test_one_data_directory_has_one_launcher(tmp_path: Path) -> None:
    first = Directory(tmp_path / "data")
    with pytest.raises(LaunchError, match="already runs"):
        Directory(first.path)
    first.close()
    Directory(first.path).close()


def test_the_tail_of_a_log_leaves_out_empty_lines(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("one\ntwo\n\nthree\n\n")
    assert program.tail(tmp_path / "log", lines=2) == "two\nthree"
    assert program.tail(tmp_path / "none") == ""


def tools(*majors: int) -> list[binaries.PostgresTools]:
    return [binaries.PostgresTools(Path(str(major)), major) for major in majors]


@pytest.mark.parametrize(
    ("here", "made_by", "chosen"), [((18, 15), None, 18), ((18, 15), 15, 15), ((14, 16), None, 16)]
)
def test_postgres_is_chosen_by_the_version_of_its_data(
    here: tuple[int, ...], made_by: int | None, chosen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_postgres_candidates", lambda: iter(tools(*here)))
    assert binaries.postgres(made_by).major == chosen


@pytest.mark.parametrize(("here", "made_by"), [((), None), ((14,), None), ((18,), 15)])
def test_a_missing_postgres_is_reported_in_one_sentence(
    here: tuple[int, ...], made_by: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_postgres_candidates", lambda: iter(tools(*here)))
    with pytest.raises(LaunchError, match="install"):
        binaries.postgres(made_by)


def test_a_missing_valkey_is_reported_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_valkey_candidates", lambda: iter([Path("/nowhere/valkey-server")]))
    with pytest.raises(LaunchError, match="install"):
        binaries.valkey()


def test_without_kernel_support_the_watcher_ends_its_processes_with_their_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parent_death, "BY_KERNEL", False)
    made = parent_death.Watcher()
    monkeypatch.setattr(program, "_watcher", lambda: made)
    sleeper = program.Program(name="s", argv=["sleep", "60"], cwd=tmp_path, log=tmp_path / "s.log")
    held, let_go = program.start(sleeper), program.start(sleeper)
    made.release(let_go.pid)
    made.close()
    assert held.wait(10) == -9
    assert let_go.poll() is None
    let_go.kill()
    let_go.wait()
