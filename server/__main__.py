"""`python -m server`: the process that holds connections. It listens, then loads server.process."""

import gc
import os
import sys

from core.config.settings import SettingsError, read
from server.door import listening


def main() -> int:
    """The exit code: 0 after a stop signal, 1 when the server cannot start."""
    try:
        settings = read(os.environ)
        if not settings.database_url or not settings.redis_url or not settings.secret_key:
            raise SettingsError("PARLEY_DATABASE_URL, PARLEY_REDIS_URL and PARLEY_SECRET_KEY must be set")
        listeners = listening.listen(settings.host, settings.port)
        gc.disable()  # imported objects stay; server.gc_policy enables collection
        # The imports take a second. Clients that reconnect to a restarting server wait in the kernel's
        # backlog meanwhile. Refused, they would retry later, with twice the backoff.
        from server import process

        process.main(settings, listeners)
    except (SettingsError, ValueError) as error:
        print(f"server: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"server: cannot listen: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
