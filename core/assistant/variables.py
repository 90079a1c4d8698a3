"""Variables in prompts and texts of a workflow: `{{visitor.name|there}}`, as in canned responses."""

import re
from collections.abc import Mapping
from typing import Final

MAX_VALUE: Final = 200  # code points of a value in a prompt
NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")  # of a variable that a workflow collects

# As in widget/src/dashboard/canned_responses/variables.ts.
_VARIABLE: Final = re.compile(r"\{\{\s*([A-Za-z0-9_.-]{1,80})\s*(?:\|([^{}]*))?\}\}")
_SPACE: Final = re.compile(r"\s+")

Values = Mapping[str, str]
"""By name; "" for a known variable without a value."""


def in_text(text: str, values: Values) -> str:
    """For the visitor: a variable that is unknown or empty is its fallback, or nothing."""
    return _VARIABLE.sub(lambda found: values.get(found[1]) or (found[2] or "").strip(), text)


def in_prompt(text: str, values: Values) -> str:
    """For the model: values come from strangers, so each is one short line that cannot look like a prompt."""

    def value(found: re.Match[str]) -> str:
        given = _SPACE.sub(" ", values.get(found[1], "")).strip()[:MAX_VALUE]
        return given.replace("{{", "{").replace("}}", "}") or (found[2] or "").strip()

    return _VARIABLE.sub(value, text)
