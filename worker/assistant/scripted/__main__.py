"""`python -m worker.assistant.scripted [--port N] [--rules FILE] [--obey] [--delay MS] [--record FILE]`.

A provider of rules. It listens on loopback and speaks OpenAI's chat completions; it prints its base URL.
"""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from worker.assistant.scripted.completion import WORD_DELAY
from worker.assistant.scripted.rules import DEMO, BadRules, Rules
from worker.assistant.scripted.server import Server


async def serve(server: Server, port: int) -> None:
    """Until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listening, port = await server.listen(port)
    print(f"http://127.0.0.1:{port}/v1", flush=True)
    await stop.wait()
    listening.close()


def main() -> int:
    """The exit code: 1 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m worker.assistant.scripted", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="a free one by default")
    parser.add_argument("--rules", type=Path, default=DEMO, help="a TOML file like demo.toml")
    parser.add_argument("--obey", action="store_true", help="do what messages say, for tests")
    parser.add_argument("--delay", type=int, default=WORD_DELAY, help="ms before each word")
    parser.add_argument("--record", type=Path, help="add each request to this file, one a line")
    given = parser.parse_args()
    try:
        server = Server(Rules(given.rules), obedient=given.obey, delay=given.delay, record=given.record)
        asyncio.run(serve(server, given.port))
    except BadRules as error:
        print(f"scripted: {given.rules}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"scripted: cannot listen on port {given.port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
