"""Every row of the database, for a comparison: nothing is left out because a test forgot its table."""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from tests.stack import Stack

Row = dict[str, Any]
Rows = dict[str, dict[str, Row]]
"""By table and by the row's whole content."""

QUEUES: Final = {"outbox", "consumer_events"}  # rows come and go; they have to be empty at the end
VOLATILE: Final = {"sessions", "schema_migrations"}
DERIVED: Final = {
    "answer_times",
    "daily_tokens",
    "search_backfills",
    "search_backlog",
    "search_buckets",
    "search_documents",
    "search_queue",
}  # what stages make of the other tables, of any project and at any time
UNSTABLE: Final = {
    "users": {"signed_in_at"},
    "assistants": {"warned_at"},
}  # when the mail about the budget went

TABLES: Final = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    ORDER BY relname
"""


class Change(NamedTuple):
    """A row that is new or as it is now, or one that is gone or as it was."""

    table: str
    row: Row
    new: bool


def read(stack: Stack) -> Rows:
    """All but sessions and what is made of the others."""
    names = [row[0] for row in stack.sql(TABLES) if row[0] not in VOLATILE | DERIVED]
    parts = [f"SELECT '{name}', to_jsonb(t)::text FROM {name} t" for name in names]  # noqa: S608
    found: Rows = {name: {} for name in names}
    for table, text in stack.sql(" UNION ALL ".join(parts)):
        row = {key: value for key, value in json.loads(text).items() if key not in UNSTABLE.get(table, ())}
        found[table][json.dumps(row, sort_keys=True)] = row
    return found


def changes(before: Rows, after: Rows) -> Iterator[Change]:
    """Of all tables."""
    for table, rows in after.items():
        earlier = before[table]
        yield from (Change(table, row, True) for key, row in rows.items() if key not in earlier)
        yield from (Change(table, row, False) for key, row in earlier.items() if key not in rows)
