"""Follows docs/how-to/run-in-production.md literally: `python -m tests.deploy.newcomer PROXY FOLDER`.

To be run as root in mount and process namespaces of its own (tests/deploy/test_newcomer.py). /etc, /opt and
/var/lib are copies or covered, so nothing outlives it. Commands of systemd are left out: the command of each
unit is run as its user, with its environment. The host names of the page lead to this machine.
"""

import json
import os
import pwd
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from server.launch import binaries
from server.launch.postgres import account
from server.launch.valkey import ask
from tests import documents
from tests.deploy.certificates import make
from tests.proxies.install import program
from tests.smtp import Outbox
from tests.stack import ROOT

PAGE: Final = "how-to/run-in-production.md"
HOSTS: Final = ("chat.example.com", "db.example.com", "redis.example.com", "mail.example.com")
PASSWORD: Final = secrets.token_hex(12)
KEY: Final = secrets.token_urlsafe(48)
LIVE: Final = Path("/etc/letsencrypt/live/chat.example.com")
NOFILE: Final = "15000"  # where this machine does not allow what the unit asks for
PATIENCE: Final = 60.0  # seconds


def sh(script: str, *, cwd: Path | None = None, **environment: str) -> None:
    print("$", script.strip().replace("\n", "\n  "), flush=True)
    subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=cwd,
        env={"PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
        | {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        | environment,
        check=True,
    )


def block(heading: str, number: int = 0, kind: str = "sh") -> str:
    return documents.blocks(PAGE, kind, under=heading)[number]


def without(script: str, words: str) -> str:
    return "\n".join(line for line in script.splitlines() if not line.startswith(words))


def copy_of_the_machine(folder: Path) -> None:
    """Cover what the page writes to."""
    sh("mount --make-rprivate /")
    etc = folder / "etc"
    sh(f"cp -a /etc {folder}/ && mount --bind {etc} /etc")
    for covered in (Path("/opt"), Path("/var/lib")):
        kept = folder / "kept" / covered.name
        kept.mkdir(parents=True)
        sh(f"mount --bind {covered} {kept} && mount -t tmpfs tmpfs {covered}")
        for child in kept.iterdir():
            if child.is_dir() and not child.is_symlink():
                (covered / child.name).mkdir()
                sh(f"mount --bind {shlex.quote(str(child))} {shlex.quote(str(covered / child.name))}")
    Path("/etc/systemd/system").mkdir(parents=True, exist_ok=True)
    with Path("/etc/hosts").open("a") as hosts:
        hosts.writelines(f"127.0.0.1 {name}\n" for name in HOSTS)


def clone(folder: Path) -> Path:
    """What `git clone` and `make wheel` give."""
    made = folder / "parley"
    (made / "dist").mkdir(parents=True)
    shutil.copytree(ROOT / "deploy", made / "deploy")
    shutil.copy(ROOT / "requirements.lock", made)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(made / "dist"), str(ROOT)], check=True)
    assert block("## Install") == "make wheel\n"
    return made


@contextmanager
def postgres(folder: Path) -> Iterator[None]:
    """Another machine's, on its usual port; its files belong to nobody."""
    home = folder / "postgres"
    directory = account.reachable(binaries.postgres(None), account.needed(), folder).directory
    home.mkdir()
    home.chmod(0o755)
    shutil.chown(home, "nobody", "nogroup")
    as_nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
    subprocess.run(
        [*as_nobody, directory / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    settings = ["-c", "unix_socket_directories=", "-c", "listen_addresses=127.0.0.1"]
    with subprocess.Popen([*as_nobody, directory / "postgres", "-D", home / "data", *settings]) as server:
        roles = block("## The database and its roles", kind="sql").replace("…", PASSWORD)
        psql = f"{directory}/psql -q -v ON_ERROR_STOP=1 -h db.example.com -U postgres"
        try:
            wait_for(5432)
            sh(f"{psql} <<'END'\n{roles}\nEND")
            yield
        finally:
            server.send_signal(signal.SIGINT)


@contextmanager
def valkey(folder: Path) -> Iterator[None]:
    """With what the page asks for."""
    home = folder / "valkey"
    home.mkdir()
    words = "--appendonly yes --appendfsync everysec --maxmemory 256mb --maxmemory-policy noeviction"
    argv = [str(binaries.valkey()), "--dir", str(home), *words.split()]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as server:
        user = block("## Redis", kind="").strip().replace("…", PASSWORD)
        try:
            wait_for(6379)
            assert ask("redis://127.0.0.1:6379", *user.split()) == b"+OK"
            yield
        finally:
            server.terminate()


def write_settings(mail: int) -> None:
    """Fill the two files in, as the page prints them."""
    settings, migrate = (block("## Write the settings", number, "ini") for number in (0, 1))
    settings = settings.replace("PARLEY_SECRET_KEY=…", f"PARLEY_SECRET_KEY={KEY}").replace("…", PASSWORD)
    # No mail server here speaks TLS.
    settings = settings.replace(
        "smtp://user:password@mail.example.com:587", f"smtp://mail.example.com:{mail}"
    )
    limit = int(subprocess.run(["sh", "-c", "ulimit -Hn"], capture_output=True, check=True).stdout)
    if limit < 26_000:
        settings += "PARLEY_MAX_CONNECTIONS=3000\n"
    for name, text in (("parley.env", settings), ("migrate.env", migrate.replace("…", PASSWORD))):
        path = Path("/etc/parley", name)
        assert path.stat().st_mode & 0o777 == 0o600
        path.write_text(text)


class Unit:
    """A unit of /etc/systemd/system, as systemd runs it."""

    def __init__(self, name: str, instance: str = "1") -> None:
        self._text = Path("/etc/systemd/system", name).read_text().replace("%i", instance)
        self.environment: dict[str, str] = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        for words in self.values("Environment"):
            self.environment |= dict(word.split("=", 1) for word in words.split())
        for file in self.values("EnvironmentFile"):
            for line in Path(file).read_text().splitlines():
                if line and not line.startswith("#"):
                    name_, _, value = line.partition("=")
                    self.environment[name_] = value.strip('"')

    def values(self, key: str) -> list[str]:
        return re.findall(rf"^{key}=(.+)$", self._text, re.MULTILINE)

    def start(self) -> "subprocess.Popen[bytes]":
        user = pwd.getpwnam(self.values("User")[0])
        for state in self.values("StateDirectory"):
            path = Path("/var/lib", state)
            path.mkdir(mode=0o700, exist_ok=True)
            os.chown(path, user.pw_uid, user.pw_gid)
        folder = (self.values("WorkingDirectory") or ["/"])[0]
        ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--no-new-privs"]
        argv = ["prlimit", f"--nofile={NOFILE}", "setpriv", *ids, *shlex.split(self.values("ExecStart")[0])]
        print("$", *argv, flush=True)
        return subprocess.Popen(argv, cwd=folder, env=self.environment)


@contextmanager
def proxy(name: str, folder: Path) -> Iterator[None]:
    """With its file of deploy/ in its usual place, on the usual ports."""
    certificate = make(folder, "chat.example.com")
    LIVE.mkdir(parents=True)
    shutil.copy(certificate.chain, LIVE / "fullchain.pem")
    shutil.copy(certificate.key, LIVE / "privkey.pem")
    shutil.copy(certificate.chain, "/etc/newcomer.pem")
    match name:
        case "nginx":
            Path("/etc/nginx/sites-enabled/default").unlink(missing_ok=True)
            shutil.copy(ROOT / "deploy/nginx/parley.conf", "/etc/nginx/conf.d/parley.conf")
            argv = ["nginx", "-g", "daemon off;"]
        case "haproxy":
            Path("/etc/haproxy/certs").mkdir(parents=True)
            shutil.copy(certificate.both, "/etc/haproxy/certs/chat.pem")
            shutil.copy(ROOT / "deploy/haproxy/haproxy.cfg", "/etc/haproxy/haproxy.cfg")
            argv = ["haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg"]
        case "caddy":
            text = (ROOT / "deploy/caddy/Caddyfile").read_text()
            # It would ask a public authority.
            text = text.replace("{\n", f"{{\n    tls {LIVE}/fullchain.pem {LIVE}/privkey.pem\n", 1)
            Path("/etc/caddy/Caddyfile").write_text(text)
            argv = ["caddy", "run", "--config", "/etc/caddy/Caddyfile"]
        case _:
            raise SystemExit(f"no way to start {name}")
    environment = {**os.environ, "HOME": str(folder)}
    with subprocess.Popen([str(program(argv[0])), *argv[1:]], env=environment) as running:
        try:
            wait_for(443)
            yield
        finally:
            running.terminate()


def wait_for(port: int) -> None:
    """Until something listens."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        assert time.monotonic() < deadline, f"nothing listens on port {port}"
        time.sleep(0.1)


def until_ready() -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen("http://127.0.0.1:8000/readyz", timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def follow(name: str, folder: Path) -> list[object]:
    """What the doctor finds at the end."""
    with ExitStack() as stack:
        stack.enter_context(postgres(folder))
        stack.enter_context(valkey(folder))
        outbox = Outbox()
        stack.callback(outbox.close)
        files = folder / "parley"
        sh(block("## Write the settings"), cwd=files)
        write_settings(outbox.port)
        sh(without(block("## Start the processes"), "systemctl"), cwd=files)
        assert Unit("parley-migrate.service").start().wait(PATIENCE) == 0
        for unit in ("parley-worker@.service", "parley-server@.service"):
            process = Unit(unit).start()
            stack.callback(process.wait)
            stack.callback(process.terminate)
        until_ready()
        stack.enter_context(proxy(name, folder))
        # The indented block of "Check that it works", with the certificate of this test.
        doctor = block("## Check that it works").strip()
        said = subprocess.run(
            ["sh", "-eu", "-c", f"{doctor} --json --idle 3"],
            env={"PATH": os.environ["PATH"], "SSL_CERT_FILE": "/etc/newcomer.pem"},
            capture_output=True,
            text=True,
            check=False,
        )
        print(said.stderr, flush=True)
        found: list[object] = json.loads(said.stdout)
        return found


def main() -> None:
    if len(sys.argv) == 4:  # in a network of its own, where nothing listens yet
        sh("ip link set lo up")
        print("FOUND", json.dumps(follow(sys.argv[1], Path(sys.argv[2]))), flush=True)
        return
    name, folder = sys.argv[1], Path(sys.argv[2])
    copy_of_the_machine(folder)
    files = clone(folder)
    sh(block("## Install", 1), cwd=files)
    again = [sys.executable, "-m", "tests.deploy.newcomer", name, str(folder), "connected"]
    subprocess.run(["unshare", "--net", *again], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
