"""The role of servers and workers: it reads and writes rows, and owns nothing."""

from collections.abc import Iterator
from typing import Any, Final

from core.db.connection import Connection
from server.doctor.findings import Code, Finding, found
from server.doctor.installation import Installation

TWO_ROLES: Final = (
    "CREATE ROLE parley_app LOGIN PASSWORD '…'; PARLEY_DATABASE_APP_ROLE=parley_app parley migrate, as the"
    " owner of the schema; then PARLEY_DATABASE_URL= with parley_app"
)


async def examine(conn: Connection, installation: Installation) -> list[Finding]:
    """Of the tables of Parley, in the current schema."""
    del installation
    role = await conn.fetchrow(
        "SELECT r.rolname, r.rolsuper FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid"
        " WHERE a.pid = pg_backend_pid()"
    )
    tables = await conn.fetch(
        """
        SELECT c.relname, pg_has_role(c.relowner, 'USAGE') AS owned,
               has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') AS usable
        FROM pg_class c JOIN pg_class m ON m.relnamespace = c.relnamespace
        WHERE m.oid = to_regclass('messages') AND c.relkind IN ('r', 'p') ORDER BY c.relname
        """
    )
    return list(_found(role, tables))


def _found(role: Any, tables: Any) -> Iterator[Finding]:
    name = role["rolname"]
    if role["rolsuper"]:
        yield found(
            Code.SUPERUSER,
            f"the role {name} is a superuser: a fault in Parley reaches every database of the server",
            TWO_ROLES,
        )
        return
    if owned := [row["relname"] for row in tables if row["owned"]]:
        yield found(
            Code.OWNER,
            f"the role {name} owns {len(owned)} tables of Parley, and so can change and drop them",
            TWO_ROLES,
        )
    if closed := [
        row["relname"] for row in tables if not row["usable"] and row["relname"] != "schema_migrations"
    ]:
        yield found(
            Code.RIGHTS_MISSING,
            f"the role {name} may not use {', '.join(closed[:5])}{' …' if len(closed) > 5 else ''}",
            f"PARLEY_DATABASE_APP_ROLE={name} parley migrate, as the owner of the schema",
        )
