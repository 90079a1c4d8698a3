"""The name until 0.2 of `python -m server.admin`; removed with 0.4."""

import sys

from server.admin import main

if __name__ == "__main__":
    print("python -m server.grant is now python -m server.admin grant EMAIL", file=sys.stderr)
    words = sys.argv[1:]
    command = "revoke" if "--revoke" in words else "grant"
    sys.exit(main([command, *(word for word in words if word != "--revoke")]))
