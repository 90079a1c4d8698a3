r"""Translates patterns to ECMA-262, the regular expressions of JSON Schema, for the OpenAPI document.

Python's `$` also matches before a line feed at the end, so our patterns end in `\Z`. In ECMA-262 `\Z` is the
character Z, and `$` matches only at the end.
"""

import re
from typing import Any, Final

END: Final = r"\Z"
PYTHON_ONLY: Final = re.compile(r"\\[AZaU]|\(\?(?:P|[aiLmsux]|#|\()|[*+?}]\+|\{,")
"""Python syntax that ECMA-262 does not have, or that means something else there."""


def ecma(pattern: str) -> str:
    """The same pattern for ECMA-262; raises ValueError if it cannot be translated."""
    made = pattern.removesuffix(END) + "$" if pattern.endswith(END) else pattern
    if (unknown := PYTHON_ONLY.search(made)) is not None:
        raise ValueError(f"{pattern!r}: {unknown[0]!r} is Python's alone")
    return made


def with_ecma_patterns(part: Any, *, names: bool = False) -> Any:
    """A part of a document with its patterns translated. `names`: the keys of `part` are field names."""
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
