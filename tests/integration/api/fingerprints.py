"""Whether anything of a project has changed."""

import hashlib

from tests.integration.api.api_fixture import ApiFixture
from tests.integration.api.factories import FilledProject


async def fingerprint(api: ApiFixture, filled: FilledProject) -> dict[str, str]:
    """Hashes of a project's and its manager's rows by table; an equal hash means an unchanged table."""
    async with api.context.database.connection() as conn:
        columns = await conn.fetch(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name IN ('project_id', 'user_id')"
        )
        tables = [("projects", "id"), ("users", "id"), *((row[0], row[1]) for row in columns)]
        found = {}
        for table, column in sorted(tables):
            owner = filled.manager.id if "user" in table + column else filled.project
            rows = await conn.fetch(f'SELECT t::text FROM "{table}" t WHERE "{column}" = $1', owner)  # noqa: S608
            content = "\n".join(sorted(row[0] for row in rows))
            found[f"{table}.{column}"] = hashlib.sha256(content.encode()).hexdigest()
    return found
