"""A newcomer follows the documentation literally on an empty machine; the doctor finds nothing then."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proxies.proxy import PROXIES
from tests.stack import ROOT


@pytest.fixture
def folder() -> Iterator[Path]:
    """That the accounts of Postgres and Parley may enter, unlike pytest's."""
    made = Path(tempfile.mkdtemp(prefix="parley-newcomer-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.soak
@pytest.mark.parametrize("name", [name for name in ("nginx", "haproxy", "caddy") if name in PROXIES])
def test_the_documentation_leads_to_a_working_system(folder: Path, name: str) -> None:
    unshare = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if os.geteuid() != 0 or subprocess.run([*unshare, "true"], check=False).returncode != 0:
        pytest.skip("no empty machine to follow it on: namespaces are not allowed here")
    done = subprocess.run(
        [*unshare, sys.executable, "-m", "tests.deploy.newcomer", name, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    # No name server can be asked in a network of its own.
    found = [one for one in json.loads(line.removeprefix("FOUND ")) if one["severity"] != "hint"]
    assert found == []
