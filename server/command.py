"""`parley COMMAND …`: every program of Parley; in the project's folder `python -m server.command`."""

import runpy
import sys
from collections.abc import Sequence
from typing import Final

import msgspec

from core.config import version


class Command(msgspec.Struct, frozen=True):
    """A module that runs as a program."""

    module: str
    arguments: str
    duty: str


# Server and worker do not know each other, so a module is run by its name.
COMMANDS: Final = {
    "run": Command("server.launch", "", "start everything on this machine, for a trial"),
    "server": Command("server", "", "serve websockets, REST, dashboard and widget"),
    "worker": Command("worker", "[stage …]", "store and publish messages, send email, …"),
    "migrate": Command("migrations", "[status]", "apply pending migrations of the database"),
    "doctor": Command("server.doctor", "[--json] …", "find what is set up wrongly"),
    "admin": Command("server.admin", "grant|revoke EMAIL", "manage administrators"),
    "dead-letters": Command("worker.dead_letters", "list|requeue|mails|events …", "repair what failed"),
    "rotate": Command("server.rotate", "[push-key]", "encrypt secrets again under the newest key"),
    "bench": Command("bench", "[profile]", "load a running Parley and measure it"),
}
OPTIONAL: Final = {"picows": "bench", "psutil": "bench"}
"""Packages of an extra, by the name of the extra."""


def usage() -> str:
    """One line a command."""
    lines = [f"parley {version.read()}: self-hosted live chat", "", "usage: parley COMMAND …", ""]
    lines += [
        f"  {f'{name} {one.arguments}'.strip():<42}{one.duty}".rstrip() for name, one in COMMANDS.items()
    ]
    return "\n".join([*lines, "", "Settings are PARLEY_… variables of the environment."])


def main(arguments: Sequence[str]) -> int:
    """The exit code of the command; 2 if there is none of that name."""
    match list(arguments):
        case ["--version" | "version"]:
            print(version.read())
        case [] | ["--help" | "-h" | "help"]:
            print(usage())
        case [name, *rest] if name in COMMANDS:
            return _run(COMMANDS[name].module, rest)
        case [name, *_]:
            print(f"parley: there is no command {name!r}\n\n{usage()}", file=sys.stderr)
            return 2
    return 0


def _run(module: str, arguments: list[str]) -> int:
    sys.argv = [module, *arguments]  # run_module puts the module's file in place of the first
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except ModuleNotFoundError as error:
        extra = OPTIONAL.get(error.name or "")
        if extra is None:
            raise
        print(f"parley: {error.name} is not installed: pip install 'parley[{extra}]'", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
