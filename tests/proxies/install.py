"""`python -m tests.proxies.install`: the proxies that the tests put in front of Parley, from Debian."""

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
    """Its path; None where it is not installed."""
    return shutil.which(name, path=PLACES)


def missing() -> list[str]:
    """Programs that are not here."""
    return [name for name in PACKAGES if program(name) is None]


def main() -> int:
    """Install what is missing. None of it is left running as a service."""
    absent = missing()
    if not absent:
        return 0
    packages = [PACKAGES[name] for name in absent]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        # Chromium comes from npm there; proxies come from nowhere, and are no reason to test nothing else.
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
