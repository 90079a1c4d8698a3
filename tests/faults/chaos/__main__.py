"""`make chaos ARGS="--seed 7 --faults 200 --messages 1000000"`: a long schedule on its own servers."""

import argparse
import os
import secrets
import shutil
import sys
from collections.abc import Iterator

import trio

from tests.faults.chaos.run import chaos
from tests.stack import Servers, Stack


def main() -> int:
    """Returns 0 when the database and all clients agree."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="default: any")
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--logs", default="", help="a directory to copy the processes' logs to")
    parser.add_argument("--cluster", action="store_true", help="with a Valkey Cluster, and faults of its own")
    given = parser.parse_args()
    if given.cluster:
        os.environ["PARLEY_TEST_CLUSTER"] = "1"
    failures: list[str] = []
    servers = Servers()
    stack = Stack(servers)
    try:
        trio.run(_run, stack, given)
    except* AssertionError as group:
        failures = list(_texts(group))
    finally:
        if given.logs:
            shutil.copytree(stack.data, given.logs, dirs_exist_ok=True)
        stack.close()
        servers.close()
    for failure in failures:
        print(f"· {failure}")
    again = " ".join(
        f"--{name}" if value is True else f"--{name} {value}" for name, value in vars(given).items() if value
    )
    print(f"FAILED. Again: make chaos ARGS='{again}'" if failures else "passed")
    return 1 if failures else 0


async def _run(stack: Stack, given: argparse.Namespace) -> None:
    await chaos(
        stack,
        seed=given.seed,
        faults=given.faults,
        messages=given.messages,
        writers=given.visitors,
        say=lambda line: print(line, flush=True),
    )


def _texts(group: BaseExceptionGroup[AssertionError]) -> Iterator[str]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _texts(error)
        else:
            yield str(error)


if __name__ == "__main__":
    sys.exit(main())
