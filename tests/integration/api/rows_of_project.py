"""Rows of the search, of restrictions and of the widget's appearance that a project may have."""

from uuid import UUID

from core import ids
from tests.stack import Stack


def add_search(stack: Stack, project: bytes) -> None:
    """The project has messages older than the search; triggers have put the others in the queue."""
    key = UUID(bytes=project)
    stack.sql("INSERT INTO search_backfills (project_id) VALUES ($1)", key)
    stack.sql(
        "INSERT INTO search_backlog (project_id, source, at, item_id, parent_id) "
        "VALUES ($1, 'visitor', now(), $1, $1)",
        key,
    )
    stack.sql(
        "INSERT INTO search_buckets (project_id, kind, number, key, documents) "
        "VALUES ($1, 'messages', 0, to_hex(nextval('search_bucket_keys')), 1)",
        key,
    )
    stack.sql(
        "INSERT INTO search_documents (project_id, parent_id, item_id, kind, bucket, at, words) "
        "VALUES ($1, $1, $1, 'visitors', 0, now(), '')",
        key,
    )


def add_restriction(stack: Stack, project: bytes) -> None:
    """Of a visitor without a conversation: a muted one leaves the list that the test reads."""
    key = (UUID(bytes=project), UUID(bytes=ids.make()))
    stack.sql("INSERT INTO visitors (project_id, id) VALUES ($1, $2)", *key)
    stack.sql(
        "INSERT INTO visitor_restrictions (project_id, visitor_id, kind, created_at) "
        "VALUES ($1, $2, 'muted', now())",
        *key,
    )


def add_appearance(stack: Stack, project: bytes) -> None:
    """The widget has a look with a logo, and its answer time was measured."""
    key = UUID(bytes=project)
    stack.sql("INSERT INTO appearances (project_id, look, changed_at) VALUES ($1, '{}', now())", key)
    stack.sql("INSERT INTO logos (project_id, id, png, made_at) VALUES ($1, $1, '\\x89504e47', now())", key)
    stack.sql(
        "INSERT INTO answer_times (project_id, median, answered, measured_at) VALUES ($1, 300, 20, now())",
        key,
    )
