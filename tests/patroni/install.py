"""`python -m tests.patroni.install` installs Patroni: 15 MB to download, 45 MB on the disk.

In a virtual environment of its own, made with a Python that the account of Postgres can read. Only
`make soak` needs it; without it the tests with Patroni are left out.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.stack import ROOT

HOME: Final = Path(os.environ.get("PARLEY_TEST_PATRONI", "/var/tmp/parley-patroni"))
PYTHONS: Final = (Path("/usr/bin/python3"), Path(sys.executable))
LOCK: Final = ROOT / "requirements-patroni.lock"


def tool(name: str) -> Path | None:
    """The path of an installed program; None if Patroni is not installed."""
    found = HOME / "bin" / name
    return found if found.exists() else None


def main() -> int:
    """The exit code."""
    uv = str(Path(sys.executable).with_name("uv"))
    python = next(str(each) for each in PYTHONS if each.exists())
    steps = (
        [uv, "venv", "--quiet", "--allow-existing", "--python", python, str(HOME)],
        [
            uv,
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--python",
            str(HOME / "bin/python"),
            "-r",
            str(LOCK),
        ],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"parley: tests with Patroni are left out: {done.stderr.strip()[-500:]}", file=sys.stderr)
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
