"""Checks the delivery contract against the database: it holds exactly what visitors saw stored."""

from collections.abc import Iterable
from uuid import UUID

from tests.client import Visitor
from tests.stack import Stack


def assert_delivered(
    stack: Stack, project: bytes, visitors: Iterable[Visitor], written: dict[Visitor, list[str]]
) -> None:
    """Every text is exactly one row; `seq` is 1..n without gaps and in the order of writing."""
    for visitor in visitors:
        assert not visitor.unsent, f"{len(visitor.unsent)} texts never stored"
        assert visitor.conversation is not None
        rows = stack.sql(
            "SELECT seq, ref, body FROM messages WHERE project_id = $1 AND conversation_id = $2 ORDER BY seq",
            UUID(bytes=project),
            UUID(bytes=visitor.conversation),
        )
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        assert [row["body"] for row in rows] == written[visitor]
        assert {row["ref"].bytes: row["seq"] for row in rows} == visitor.stored
    totals = stack.sql("SELECT count(*) AS n, count(DISTINCT (sender_id, ref)) AS refs FROM messages")[0]
    assert totals["n"] == totals["refs"] == sum(map(len, written.values()))


def write_all(visitors: Iterable[Visitor], *, each: int) -> dict[Visitor, list[str]]:
    """Queue `each` texts per visitor; returns them."""
    written: dict[Visitor, list[str]] = {}
    for number, visitor in enumerate(visitors):
        written[visitor] = [f"visitor {number} text {index}" for index in range(each)]
        for body in written[visitor]:
            visitor.write(body)
    return written
