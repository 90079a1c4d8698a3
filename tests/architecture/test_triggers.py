"""A trigger of the schema keeps what the rows say that it is called for, and reaches no other row."""

from typing import Final

import pytest

from tests.architecture import tables

TRIGGERED: Final = """CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kept (project_id, id)
    {};
    RETURN NULL;
END $$"""
COUNTED: Final = "ON CONFLICT (project_id, id) DO UPDATE SET id = kept.id + EXCLUDED.id"


def test_a_trigger_that_keeps_its_own_rows_is_read() -> None:
    tables.read(TRIGGERED.format("SELECT n.project_id, n.id FROM added n"))
    tables.read(TRIGGERED.format("VALUES (OLD.project_id, OLD.id)"))
    tables.read(TRIGGERED.format(f"VALUES (NEW.project_id, NEW.id - OLD.id)\n    {COUNTED}"))


@pytest.mark.parametrize(
    "schema",
    [
        TRIGGERED.format("SELECT n.project_id, n.id FROM messages n"),
        TRIGGERED.format("SELECT n.project_id, n.id FROM added n, messages m"),
        TRIGGERED.format("VALUES (NEW.id, NEW.project_id)"),
        TRIGGERED.format(
            f"VALUES (NEW.project_id, NEW.id)\n    {COUNTED}".replace("(project_id, id)", "(id)")
        ),
        TRIGGERED.format(f"VALUES (NEW.project_id, NEW.id)\n    {COUNTED}".replace("EXCLUDED.id", "n.id")),
        TRIGGERED.format(f"VALUES (NEW.project_id, NEW.id)\n    {COUNTED}, project_id = NEW.id"),
        TRIGGERED.format("VALUES (NEW.project_id, (SELECT id FROM messages LIMIT 1))"),
        TRIGGERED.format("VALUES (NEW.project_id, NEW.id); DELETE FROM messages"),
        TRIGGERED.format("VALUES (NEW.project_id, NEW.id)").replace("LANGUAGE", "SECURITY DEFINER LANGUAGE"),
    ],
)
def test_a_trigger_that_reaches_other_rows_is_refused(schema: str) -> None:
    with pytest.raises(tables.Unreadable):
        tables.read(schema)
