"""The name until 0.2 of `python -m worker.dead_letters`; removed with 0.4."""

import sys

from worker.dead_letters import main

if __name__ == "__main__":
    print("python -m worker.letters is now python -m worker.dead_letters", file=sys.stderr)  # noqa: T201
    sys.exit(main(sys.argv[1:]))
