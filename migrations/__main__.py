"""`python -m migrations [up|status]`: migrates the database of PARLEY_DATABASE_URL, or shows the state.

The role in that URL owns the schema. Servers and workers use the role in PARLEY_DATABASE_APP_ROLE.
"""

import asyncio
import os
import sys

import asyncpg

from core.config.settings import SettingsError, read
from core.text import reasons
from migrations import files, runner

CONNECT_TIMEOUT = 10.0  # seconds


async def run(url: str, action: str, *, app_role: str) -> None:
    """Raises MigrationError, asyncpg's errors or OSError; prints one line per file."""
    wanted = files.found()
    conn = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT)
    try:
        if action == "up":
            for name in await runner.up(conn, wanted, app_role=app_role):
                print(f"applied {name}")
            if not app_role:
                print("PARLEY_DATABASE_APP_ROLE is not set, so no role was granted access to the rows")
            print("the schema is current")
            return
        missing = {migration.name for migration in await runner.pending(conn, wanted)}
        for migration in wanted:
            print(f"{'pending' if migration.name in missing else 'applied'} {migration.name}")
    finally:
        await conn.close(timeout=CONNECT_TIMEOUT)


def main(arguments: list[str]) -> int:
    """The exit code: 0 done, 1 failed, 2 wrong arguments."""
    action = arguments[0] if arguments else "up"
    if len(arguments) > 1 or action not in {"up", "status"}:
        print("usage: python -m migrations [up|status]", file=sys.stderr)
        return 2
    try:
        settings = read(os.environ)
        if not settings.database_url:
            raise SettingsError("PARLEY_DATABASE_URL must be set")
        asyncio.run(run(settings.database_url, action, app_role=settings.database_app_role))
    except (files.MigrationError, SettingsError) as error:
        print(f"migrations: {error}", file=sys.stderr)
    except asyncpg.InsufficientPrivilegeError as error:
        print(f"migrations: the role of PARLEY_DATABASE_URL must own the schema: {error}", file=sys.stderr)
    except asyncpg.PostgresError as error:
        print(f"migrations: the database refused: {error}", file=sys.stderr)
    except (OSError, asyncpg.InterfaceError, TimeoutError) as error:
        print(f"migrations: the database does not answer: {reasons.said(error)}", file=sys.stderr)
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
