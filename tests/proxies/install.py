"""`python -m tests.proxies.install` installs the proxies of these tests from Debian."""

import os
import shutil
import subprocess
import sys
from typing import Final

PACKAGES: Final = {
    "nginx": "nginx-light",
    "haproxy": "haproxy",
    "apache2": "apache2",
    "caddy": "caddy",
    "varnishd": "varnish",
}
"""By program, as Debian calls what has it."""
PLACES: Final = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def program(name: str) -> str | None:
    """The path of a program; None if it is not installed."""
    return shutil.which(name, path=PLACES)


def missing() -> list[str]:
    """The programs that are not installed."""
    return [name for name in PACKAGES if program(name) is None]


def main() -> int:
    """Install the missing programs; none is left running as a service."""
    absent = missing()
    if not absent:
        return 0
    packages = [PACKAGES[name] for name in absent]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        # Chromium then comes from npm; there is no such source of proxies, and the other tests still run.
        print(f"parley: the tests behind {', '.join(packages)} are left out: not installed", file=sys.stderr)
        return 0
    # RUNLEVEL=1 makes invoke-rc.d start nothing.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for argv in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "--quiet", *argv], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            print(f"parley: apt-get {argv[0]} failed: {done.stderr.strip()[-500:]}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
