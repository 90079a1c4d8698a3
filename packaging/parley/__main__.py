"""The command `parley` of an installation: runs server.command with this folder first on the path."""

import sys
from pathlib import Path


def main() -> int:
    """The exit code."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from server import command

    return command.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
