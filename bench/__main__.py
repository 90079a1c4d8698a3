"""`python -m bench`: load a running Parley and print one line of JSON.

Needs a server whose limits allow it: PARLEY_HANDSHAKES_PER_MINUTE and PARLEY_MESSAGES_PER_MINUTE raised
(all visitors come from one address), and a hard limit of open files above the number of visitors.
"""

import argparse
import json
import resource
import sys
from pathlib import Path

import uvloop

from bench.driver import Load, run
from bench.ledger import Ledger
from bench.processes import Processes
from bench.report import result


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50, help="messages per second over all visitors")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument(
        "--idle", type=float, default=0, help="seconds to stay silent before the load, to measure memory"
    )
    parser.add_argument(
        "--data", type=Path, default=Path(".parley"), help="the launcher's directory, for defaults"
    )
    parser.add_argument("--target", help="http://HOST:PORT; default: what run.json says")
    parser.add_argument("--project", help="project id; default: the demo project")
    parser.add_argument("--email", help="an agent of the project; default: the demo manager")
    parser.add_argument("--password")
    options = parser.parse_args()

    started = read(options.data / "run.json")
    demo = read(options.data / "demo.json")
    load = Load(
        target=options.target or f"http://127.0.0.1:{started.get('port', 8000)}",
        project=options.project or str(started.get("project", "")),
        email=options.email or str(demo.get("email", "")),
        password=options.password or str(demo.get("password", "")),
        visitors=options.visitors,
        rate=options.rate,
        seconds=options.seconds,
        idle=options.idle,
    )
    if not load.project or not load.email:
        print("bench: no run.json here: name --target, --project, --email and --password", file=sys.stderr)
        return 1
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    ledger, processes = Ledger(), Processes(started.get("pids"))
    measured = uvloop.run(run(load, ledger, processes))
    print(json.dumps(result(load, measured, ledger)))
    return 0 if ledger.clean else 1


def read(path: Path) -> dict[str, object]:
    """The JSON object in `path`, or nothing when it is not there."""
    try:
        found: dict[str, object] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return found


if __name__ == "__main__":
    sys.exit(main())
