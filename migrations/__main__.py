"""`python -m migrations [up|status]`: brings the database of PARLEY_DATABASE_URL forward."""

import asyncio
import os
import sys

import asyncpg

from migrations import files, runner

CONNECT_TIMEOUT = 10.0  # seconds


async def run(url: str, action: str) -> None:
    """Raises MigrationError, asyncpg's errors or OSError; prints one line per file."""
    wanted = files.found()
    conn = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT)
    try:
        if action == "up":
            for name in await runner.up(conn, wanted):
                print(f"applied {name}")
            print("the schema is current")
            return
        missing = {migration.name for migration in await runner.pending(conn, wanted)}
        for migration in wanted:
            print(f"{'pending' if migration.name in missing else 'applied'} {migration.name}")
    finally:
        await conn.close(timeout=CONNECT_TIMEOUT)


def main(arguments: list[str]) -> int:
    """The exit code: 0 done, 1 could not, 2 asked for something we do not know."""
    action = arguments[0] if arguments else "up"
    if len(arguments) > 1 or action not in {"up", "status"}:
        print("usage: python -m migrations [up|status]", file=sys.stderr)
        return 2
    url = os.environ.get("PARLEY_DATABASE_URL", "")
    if not url:
        print("PARLEY_DATABASE_URL is not set: nothing to migrate", file=sys.stderr)
        return 1
    try:
        asyncio.run(run(url, action))
    except files.MigrationError as error:
        print(f"migrations: {error}", file=sys.stderr)
        return 1
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        print(f"migrations: the database does not answer: {error or type(error).__name__}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
