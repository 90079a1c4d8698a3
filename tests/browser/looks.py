"""Looks of the widget for the browser tests, stored as a manager would; the themes in their order."""

import json
from typing import Any, Final

import msgspec

from core.appearance import themes
from core.appearance.look import Look
from tests.browser.conftest import Stage

THEMES: Final = ("light", "dark", *themes.NAMES)


def dress(stage: Stage, **look: Any) -> None:
    """Store the look of the test's project; a page that is loaded from now on has it."""
    stage.stack.sql(
        "INSERT INTO appearances (project_id, look, changed_at) VALUES ($1, $2::text::jsonb, now()) "
        "ON CONFLICT (project_id) DO UPDATE SET look = excluded.look, version = appearances.version + 1",
        stage.project_id,
        json.dumps(msgspec.to_builtins(msgspec.convert(look, Look))),
    )


def answered(stage: Stage, seconds: int) -> None:
    """The project's median of last week."""
    stage.stack.sql(
        "INSERT INTO answer_times (project_id, median, answered, measured_at) VALUES ($1, $2, 20, now())",
        stage.project_id,
        seconds,
    )
