"""`python -m server.admin grant EMAIL` makes an administrator of this installation; `revoke` undoes it."""

import argparse
import os
import sys
from collections.abc import Sequence

import trio

from core import ids
from core.accounts import administration
from core.action_context import ActionContext
from core.config.settings import SettingsError, read
from core.db.ops.audit import Actor
from core.errors import DomainError
from core.ids import SYSTEM
from core.text import emails, reasons
from server.aio import open_loop
from server.pool import UNAVAILABLE, Database, open_database


async def grant(database: Database, email: str, *, is_admin: bool, now: int) -> None:
    """Grant or revoke the administrator role, and audit it; raises DomainError. `now` in ms."""
    by = ActionContext(actor=Actor("system", SYSTEM, "python -m server.admin"), now=now)
    async with database.transaction() as conn:
        await administration.set_admin(conn, by, email, is_admin=is_admin)


async def run(url: str, email: str, *, is_admin: bool) -> int:
    """The exit code."""
    async with open_loop(), open_database(url, size=1) as database:
        try:
            await grant(database, email, is_admin=is_admin, now=ids.now())
        except DomainError as refused:
            print(f"admin: {refused}", file=sys.stderr)
            return 1
        except UNAVAILABLE as error:
            print(f"admin: the database is unavailable: {reasons.said(error)}", file=sys.stderr)
            return 1
    print(f"{email} is {'now' if is_admin else 'no longer'} an administrator")
    return 0


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m server.admin", description="Manages administrators.")
    parser.add_argument("command", choices=["grant", "revoke"], help="give or take the administrator role")
    parser.add_argument("email")
    given = parser.parse_args(arguments)
    try:
        settings = read(os.environ)
        if not settings.database_url:
            raise SettingsError("PARLEY_DATABASE_URL must be set")
        email = emails.normalise(given.email)
    except (SettingsError, ValueError) as error:
        print(f"admin: {error}", file=sys.stderr)
        return 1

    async def work() -> int:
        return await run(settings.database_url, email, is_admin=given.command == "grant")

    return trio.run(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
