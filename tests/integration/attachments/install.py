"""`python -m tests.integration.attachments.install` installs an S3 server, 60 MB."""

import subprocess
import sys
from typing import Final

from tests.integration.attachments.s3_server import PROGRAM
from tests.stack import ROOT

LOCK: Final = ROOT / "requirements-s3.lock"


def main() -> int:
    """The exit code."""
    if not PROGRAM.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PROGRAM.parent.parent)], check=True)
    pip = [str(PROGRAM), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    return subprocess.run([*pip, "install", "--require-hashes", "-r", str(LOCK)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
