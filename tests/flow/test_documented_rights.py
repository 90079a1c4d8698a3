"""The rights that docs/how-to/run-in-production.md asks for, in Postgres and Redis, are enough."""

from urllib.parse import urlsplit

import pytest

from tests import documents
from tests.client import SEND, STORED, greet, opened
from tests.people import add_agent, add_project, at_work
from tests.stack import Stack

PAGE = "how-to/run-in-production.md"
ROLES = "## The database and its roles"
SECRET = "rights-of-the-documentation"


@pytest.mark.soak
async def test_a_redis_user_with_the_documented_rights_is_enough(fresh_stack: Stack) -> None:
    (rule,) = documents.blocks(PAGE, "", under="## Redis")
    words = rule.replace(">…", f">{SECRET}").split()
    assert words[:3] == ["ACL", "SETUSER", "parley"]
    assert fresh_stack.redis(*words) == b"+OK"
    place = urlsplit(fresh_stack.redis_url).netloc.rpartition("@")[2]
    redis_url = f"redis://parley:{SECRET}@{place}/0"
    try:
        fresh_stack.spawn("worker", redis_url=redis_url)
        server = fresh_stack.spawn("server", redis_url=redis_url)
        server.wait_for_path("/readyz")
        project = add_project(fresh_stack)
        email = add_agent(fresh_stack, project)
        port = server.port or 0
        async with opened(port, project) as visitor, at_work(port, project, email) as agent:
            await greet(visitor, project)
            await visitor.send(SEND, 2, b"r" * 16, None, "text", "hello")
            stored = await visitor.first(STORED)
            await agent.until(lambda: agent.received.get(stored[2]) == {1: "hello"})
        assert "NOPERM" not in server.text
    finally:
        fresh_stack.redis("ACL", "DELUSER", "parley")


@pytest.mark.soak
def test_roles_of_the_documentation_are_enough(fresh_stack: Stack) -> None:
    """The owner is no superuser there either."""
    script, *_ = documents.blocks(PAGE, "sql", under=ROLES)
    made = script.replace("parley_app", "documented_app").replace("'…'", f"'{SECRET}'")
    made = made.replace("ROLE parley ", "ROLE documented ").replace("OWNER parley", "OWNER documented")
    made = made.replace("DATABASE parley ", "DATABASE documented ")
    admin = fresh_stack.servers.admin_url
    place = urlsplit(admin).netloc.rpartition("@")[2]
    urls = {
        role: f"postgresql://{role}:{SECRET}@{place}/documented" for role in ("documented", "documented_app")
    }
    documents.run(
        f'psql -v ON_ERROR_STOP=1 "$ADMIN_URL" <<"END"\n{made}\nEND', cwd=fresh_stack.data, ADMIN_URL=admin
    )
    try:
        migrate = documents.blocks(PAGE, under=ROLES)[0]
        assert "PARLEY_DATABASE_APP_ROLE=parley_app /opt/parley/bin/parley migrate" in migrate
        documents.run(
            "python -m migrations",
            cwd=fresh_stack.data,
            PARLEY_DATABASE_URL=urls["documented"],
            PARLEY_DATABASE_APP_ROLE="documented_app",
        )
        fresh_stack.spawn("worker", database_url=urls["documented_app"])
        server = fresh_stack.spawn("server", database_url=urls["documented_app"])
        server.wait_for_path("/readyz")
    finally:
        for process in fresh_stack.processes:
            process.kill()
        drop = "DROP DATABASE documented WITH (FORCE);\nDROP ROLE documented;\nDROP ROLE documented_app;"
        documents.run(f'psql -q "$ADMIN_URL" <<"END"\n{drop}\nEND', cwd=fresh_stack.data, ADMIN_URL=admin)
