"""The command that starts the browser: as a user of its own, sandboxed, with limits of the kernel's."""

import os
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import Final

from worker.screenshots.availability import Installed

DATA_LIMIT: Final = 1024 * 1024  # KiB of private memory for one process of the browser
FILES: Final = 2048  # open files of one process

# Everything that could reach the network past the proxy is off. Chromium's sandbox stays on.
ARGS: Final = (
    "--block-new-web-contents",
    "--disable-3d-apis",
    "--disable-domain-reliability",
    "--disable-file-system",
    "--disable-gpu",
    "--disable-notifications",
    "--disable-quic",
    "--disable-speech-api",
    "--dns-prefetch-disable",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--js-flags=--max-old-space-size=256",
    "--no-pings",
)
NOWHERE: Final = "http://127.0.0.1:9"  # a proxy for what belongs to no page: it does not exist

_SCRIPT: Final = """\
#!/bin/sh
echo $$ >{pid}
cd {home}
ulimit -c 0
ulimit -d {data}
ulimit -n {files}
export HOME={home} TMPDIR={home} XDG_CONFIG_HOME={home} XDG_CACHE_HOME={home}
exec {command} "$@" --user-data-dir={home}/profile
"""


class Launcher:
    """A directory with the script that starts one browser. Remove it when that browser has ended."""

    def __init__(self, installed: Installed) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="parley-browser-"))
        home = self._root / "home"
        home.mkdir(mode=0o700)
        command = [installed.browser]
        if (user := installed.user) is not None:
            os.chown(home, user.pw_uid, user.pw_gid)
            self._root.chmod(0o711)  # that user has to pass through
            command = [
                "setpriv",
                f"--reuid={user.pw_uid}",
                f"--regid={user.pw_gid}",
                "--clear-groups",
                "--no-new-privs",
                "--inh-caps=-all",
                "--bounding-set=-all",
                *command,
            ]
        self.path = self._root / "browser"
        self.path.write_text(
            _SCRIPT.format(
                pid=shlex.quote(str(self._root / "pid")),
                home=shlex.quote(str(home)),
                command=shlex.join(command),
                data=DATA_LIMIT,
                files=FILES,
            ),
            encoding="utf-8",
        )
        self.path.chmod(0o755)

    @property
    def session(self) -> int | None:
        """The id of the browser's session, which all its processes belong to; None before it has started."""
        try:
            return int((self._root / "pid").read_text())
        except (OSError, ValueError):
            return None

    def remove(self) -> None:
        """Removes the directory, with the browser's profile."""
        shutil.rmtree(self._root, ignore_errors=True)
