"""The Parley to load: from the launcher's run.json, or from the command line."""

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import msgspec


class Unfit(Exception):
    """This target cannot be loaded like that; the text is one sentence for the user."""


class Account(msgspec.Struct, frozen=True):
    """The account of an agent, and its project."""

    project: str
    email: str
    password: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """There may be fewer `accounts` than agents, who then share them."""

    url: str
    projects: list[str]
    accounts: list[Account]
    people: list[Account] = []  # accounts for sign-ins during the load
    assistant: str = ""  # the project whose assistant answers during the load
    dsn: str = ""
    redis_url: str = ""
    data: Path | None = None  # where run.json is, when the processes run on this machine

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def local(self) -> bool:
        """Whether the target is on this machine, so that clients can use any loopback address."""
        return self.host == "localhost" or self.host.startswith("127.")


def directory() -> Path:
    """The launcher's directory, where PARLEY_DATA puts it."""
    return Path(os.environ.get("PARLEY_DATA") or ".parley")


def find(
    data: Path,
    *,
    url: str | None = None,
    project: str | None = None,
    email: str | None = None,
    password: str | None = None,
) -> Target:
    """The target of the command line, else of the launcher; raises Unfit when that is incomplete.

    With another `url` than the launcher's, `data` is ignored.
    """
    if url is not None:
        if not (project and email and password):
            raise Unfit("--target needs --project, --email and --password of an agent there")
        account = Account(project, email, password)
        return Target(url=url.rstrip("/"), projects=[project], accounts=[account])
    started, demo = read(data / "run.json"), read(data / "demo.json")
    if not started:
        raise Unfit(f"no Parley runs on {data}: start one with `make run`, or name one with --target")
    chosen = Account(
        project or str(demo.get("project", "")),
        email or str(demo.get("email", "")),
        password or str(demo.get("password", "")),
    )
    return Target(
        url=f"http://127.0.0.1:{started['port']}",
        projects=[chosen.project],
        accounts=[chosen],
        # Load the given project; without one we may create our own.
        dsn=str(started.get("dsn") or ""),
        redis_url=str(started.get("redis_url") or ""),
        data=data,
    )


def read(path: Path) -> dict[str, object]:
    """The JSON object in `path`; empty when the file does not exist."""
    try:
        found: dict[str, object] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return found
