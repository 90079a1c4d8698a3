"""Applies migrations, file by file; safe when several runners start at once."""

from collections.abc import Sequence

import asyncpg

from migrations.files import Migration, MigrationError

LOCK = 0x5041524C  # "PARL": one runner at a time per database
WAIT_FOR_RUNNER = "120s"
WAIT_FOR_TABLE = "5s"  # fail rather than queue every reader behind a lock that we wait for

# The rights of servers and workers. They read schema_migrations to know whether they are ready.
GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM {role}",
    "REVOKE ALL ON FUNCTION audit_log_make_months(), audit_log_drop_months(timestamptz) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION audit_log_make_months(), audit_log_drop_months(timestamptz) TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
)

CREATE_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name       text        PRIMARY KEY,
    checksum   text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


async def up(conn: asyncpg.Connection, files: Sequence[Migration], *, app_role: str = "") -> list[str]:
    """Applies pending files, each in its own transaction; returns the names applied now.

    Grants `app_role` the rights of servers and workers, each time: the role may be newer than the tables.

    Raises MigrationError when an applied file was changed or is missing, or when a statement fails: then the
    files before it stay applied, and it is rolled back.
    """
    await conn.execute(f"SET lock_timeout = '{WAIT_FOR_RUNNER}'")
    await conn.execute("SELECT pg_advisory_lock($1)", LOCK)
    try:
        await conn.execute(CREATE_LEDGER)
        missing = await pending(conn, files)
        await conn.execute(f"SET lock_timeout = '{WAIT_FOR_TABLE}'")
        for migration in missing:
            await _apply(conn, migration)
        if app_role:
            await _grant(conn, app_role)
        return [migration.name for migration in missing]
    finally:
        if not conn.is_closed():
            await conn.execute("SELECT pg_advisory_unlock($1)", LOCK)


async def pending(conn: asyncpg.Connection, files: Sequence[Migration]) -> list[Migration]:
    """The files not applied yet; raises MigrationError when applied ones were changed or removed."""
    if await conn.fetchval("SELECT to_regclass('schema_migrations')") is None:
        return list(files)
    applied: dict[str, str] = dict(await conn.fetch("SELECT name, checksum FROM schema_migrations"))
    known = {migration.name: migration for migration in files}
    for name, checksum in sorted(applied.items()):
        if name not in known:
            raise MigrationError(f"{name} was applied to this database, but this version does not have it")
        if not known[name].has_had(checksum):
            raise MigrationError(f"{name} was changed after it was applied; write a new migration instead")
    missing = [migration for migration in files if migration.name not in applied]
    if missing and applied and missing[0].name < max(applied):
        raise MigrationError(f"{missing[0].name} is older than what is applied; give it the next number")
    return missing


async def _apply(conn: asyncpg.Connection, migration: Migration) -> None:
    try:
        async with conn.transaction():
            await conn.execute(migration.sql)
            await conn.execute(
                "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)",
                migration.name,
                migration.checksum,
            )
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration.name} failed and was rolled back: {error}") from error


async def _grant(conn: asyncpg.Connection, role: str) -> None:
    found = await conn.fetchrow(
        "SELECT quote_ident(rolname) AS name, rolsuper, rolname = current_user AS owns"
        " FROM pg_roles WHERE rolname = $1",
        role,
    )
    if found is None:
        raise MigrationError(f"the role {role} of PARLEY_DATABASE_APP_ROLE does not exist: create it first")
    if found["rolsuper"] or found["owns"]:
        why = "is a superuser" if found["rolsuper"] else "is the one that migrations run as"
        raise MigrationError(
            f"the role {role} of PARLEY_DATABASE_APP_ROLE {why}: use another role for servers"
        )
    async with conn.transaction():
        for grant in GRANTS:
            await conn.execute(grant.format(role=found["name"]))
