"""`python -m server.doctor`: examines an installation. Exit 0: sound, 1: findings, 2: wrong arguments."""

import argparse
import os
import sys
from collections.abc import Sequence

import msgspec
import trio

from core.config.settings import SettingsError, read
from core.telemetry import log
from server.doctor import examination
from server.doctor.findings import Code, Finding, Severity, found
from server.doctor.installation import Installation

SOUND = "Nothing was found."


def main(arguments: Sequence[str]) -> int:
    """The exit code. Hints alone are no reason for 1."""
    options = parsed(arguments)
    try:
        settings = read(os.environ)
    except SettingsError as error:
        invalid = found(
            Code.SETTINGS_INVALID,
            str(error),
            "correct that variable; docs/reference/settings.md lists them all",
        )
        return report([invalid], as_json=options.json)
    log.set_up("error", process="doctor", pid=os.getpid())
    installation = Installation(
        settings=settings,
        connect=options.connect,
        direct=not options.remote,
        idle=options.idle,
        mail_to=options.mail_to,
        dkim_selector=options.dkim_selector,
        name_server=options.name_server,
    )
    if not options.json:
        print(f"Examining {settings.origin}; it takes {options.idle:.0f} s …", file=sys.stderr)
    return report(trio.run(examination.examine, installation), as_json=options.json)


def report(findings: list[Finding], *, as_json: bool) -> int:
    """Print them; the exit code."""
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(findings)).decode())
    else:
        for one in findings:
            print(f"{one.severity.upper():<8}{one.code}\n        {one.seen}\n        change: {one.change}\n")
        print(f"{len(findings)} findings" if findings else SOUND)
    return int(any(one.severity is not Severity.HINT for one in findings))


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="parley doctor", description="Examines an installation of Parley.")
    parser.add_argument("--json", action="store_true", help="a list of findings as JSON")
    parser.add_argument(
        "--idle",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="of a websocket without traffic",
    )
    parser.add_argument(
        "--connect",
        type=address,
        metavar="HOST:PORT",
        help="of the proxy, instead of the public URL's",
    )
    parser.add_argument("--remote", action="store_true", help="no server runs on this machine")
    parser.add_argument("--mail-to", default="", metavar="EMAIL", help="send a real mail to this address")
    parser.add_argument("--dkim-selector", default="", metavar="NAME", help="check the DKIM key of this name")
    parser.add_argument(
        "--name-server", type=address, metavar="HOST:PORT", help="instead of that of /etc/resolv.conf"
    )
    return parser.parse_args(arguments)


def address(text: str) -> tuple[str, int]:
    """`host:port`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise argparse.ArgumentTypeError("must be HOST:PORT")
    return host.strip("[]"), int(port)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
