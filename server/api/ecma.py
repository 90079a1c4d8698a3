r"""Patterns of schemas in the dialect of JSON Schema, ECMA-262, for the OpenAPI document.

Python's `$` also fits before a line feed at the end, so our schemas end in `\Z`. ECMA-262 takes that for a
letter, and its `$` is the end.
"""

import re
from typing import Any, Final

END: Final = r"\Z"
PYTHON_ONLY: Final = re.compile(r"\\[AZaU]|\(\?(?:P|[aiLmsux]|#|\()|[*+?}]\+|\{,")
"""What Python's patterns know and ECMA-262's do not, or know otherwise."""


def ecma(pattern: str) -> str:
    """The same pattern for ECMA-262; raises ValueError for what has no such form."""
    made = pattern.removesuffix(END) + "$" if pattern.endswith(END) else pattern
    if (unknown := PYTHON_ONLY.search(made)) is not None:
        raise ValueError(f"{pattern!r}: {unknown[0]!r} is Python's alone")
    return made


def with_ecma_patterns(part: Any, *, names: bool = False) -> Any:
    """A part of a document with its patterns translated. `names`: its keys are names of fields."""
    if isinstance(part, list):
        return [with_ecma_patterns(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: ecma(value)
        if key == "pattern" and isinstance(value, str) and not names
        else with_ecma_patterns(value, names=key == "properties" and not names)
        for key, value in part.items()
    }
