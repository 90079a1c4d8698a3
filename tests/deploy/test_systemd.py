"""deploy/systemd: units that systemd accepts, hardened, with settings that our processes accept."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from core.config.settings import Settings
from server.command import COMMANDS
from tests.deploy import documents
from tests.deploy.documents import UNITS

SERVICES: Final = sorted(UNITS.glob("*.service"))
EXPOSURE: Final = {"parley-screenshots.service": 3.1}
"""The highest score of `systemd-analyze security`, of 10; a browser needs more than our processes."""
MAX_EXPOSURE: Final = 1.3
ANALYZE: Final = shutil.which("systemd-analyze")
installed = pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze: python -m tests.deploy.install")


def analyze(*words: str) -> str:
    done = subprocess.run(
        [str(ANALYZE), "--no-pager", *words], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def values(path: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)


@installed
def test_systemd_verifies_every_unit(tmp_path: Path) -> None:
    """Where the paths of an installation are missing, programs of this machine stand in for them."""
    for path in UNITS.iterdir():
        text = path.read_text(encoding="utf-8")
        text = text.replace("/opt/parley/bin/parley", "/bin/true")
        (tmp_path / path.name).write_text(text)
    units = [
        str(tmp_path / path.name.replace("@.", "@1."))
        for path in UNITS.iterdir()
        if path.suffix in {".service", ".target"}
    ]
    for unit in units:
        if "@1." in unit:
            Path(unit).symlink_to(unit.replace("@1.", "@."))
    said = analyze("verify", "--man=no", *units)
    assert [line for line in said.splitlines() if "parley" in line] == []


@installed
@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_is_hardened(path: Path) -> None:
    allowed = EXPOSURE.get(path.name, MAX_EXPOSURE)
    analyze("security", "--offline=true", f"--threshold={round(allowed * 10)}", str(path))


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_starts_with_its_settings(path: Path) -> None:
    environ: dict[str, str] = {}
    for words in values(path, "Environment"):
        environ |= dict(word.split("=", 1) for word in words.replace("%i", "1").split())
    for file in values(path, "EnvironmentFile"):
        environ |= documents.environment_file((UNITS / Path(file).name).read_text())
    settings = documents.read(environ)
    assert settings.database_url
    program, command, *_ = values(path, "ExecStart")[0].split()
    assert program == "/opt/parley/bin/parley"
    assert command in COMMANDS


def test_each_process_has_a_port_of_its_own_for_its_metrics() -> None:
    ports = [
        port.replace("%i", number)
        for path in SERVICES
        for port in re.findall(r"PARLEY_METRICS_BIND=127\.0\.0\.1:(\S+)", path.read_text())
        for number in ("123456789" if "%i" in port else "1")
    ]
    assert len(ports) == len(set(ports)) == 19


def test_servers_have_files_for_their_connections_and_time_to_drain() -> None:
    server = UNITS / "parley-server@.service"
    assert int(values(server, "LimitNOFILE")[0]) >= Settings().max_connections + 11_000
    assert int(values(server, "TimeoutStopSec")[0]) > 25
