"""The drill of docs/how-to/back-up-and-restore.md, with the commands of that page."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from server.launch.postgres.embedded import APP_ROLE
from tests import documents
from tests.running import Running
from tests.stack import Stack

DUMP, _COPY_OF_FILES, RESTORE, FLUSH = documents.blocks("how-to/back-up-and-restore.md")
DATABASE: Final = "parley"  # its name on the page


def back_up(stack: Stack, place: Path) -> None:
    documents.run(DUMP, cwd=place, OWNER_URL=stack.owner_url)


def restore(stack: Stack, place: Path) -> None:
    """Restore into the database of this stack, whose name differs from the page's."""
    name = urlsplit(stack.database_url).path[1:]
    script = RESTORE
    for before in ("--owner=parley ", '--maintenance-db="$ADMIN_URL" '):
        script = script.replace(f"{before}{DATABASE}\n", f"{before}{name}\n")
    assert script.count(name) == 2
    admin, owner = stack.servers.admin_url, stack.owner_url
    documents.run(script, cwd=place, ADMIN_URL=admin, OWNER_URL=owner, PARLEY_DATABASE_APP_ROLE=APP_ROLE)


def drill(stack: Stack, place: Path, *processes: Running) -> None:
    """Stop our processes, restore the database and empty Redis; the caller starts new processes."""
    for process in processes:
        process.stop()
    restore(stack, place)
    assert FLUSH.split()[-1] == "FLUSHDB"
    assert stack.redis("FLUSHDB") == b"+OK"
