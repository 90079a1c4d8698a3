"""`python -m tests.webhooks.install` installs PHP and Ruby from Debian, with `--all` Go too.

They run the snippets of docs/how-to/receive-webhooks.md. Go is 80 MB to download and 460 MB on the disk, ten
times the others together, for lines that seldom change: `make soak` installs it, `make test` does not.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

PACKAGES: Final = {"php": "php-cli", "ruby": "ruby"}
"""By program, as Debian calls what has it."""
LARGE: Final = {"go": "golang-go"}
ALL: Final = PACKAGES | LARGE


def missing(programs: Sequence[str]) -> list[str]:
    """Those that are not installed."""
    return [name for name in programs if shutil.which(name) is None]


def installable() -> bool:
    """Whether this machine installs them itself."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def main(arguments: Sequence[str]) -> int:
    """Install the missing programs."""
    packages = [ALL[name] for name in missing(list(ALL if "--all" in arguments else PACKAGES))]
    if not packages:
        return 0
    if not installable():
        print(
            f"parley: snippets that need {', '.join(packages)} are left out: not installed", file=sys.stderr
        )
        return 0
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for argv in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "--quiet", *argv], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            print(f"parley: apt-get {argv[0]} failed: {done.stderr.strip()[-500:]}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
