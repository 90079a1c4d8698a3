"""What a workflow of a request may hold, so that a row and an answer can hold it too."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.assistant import graph
from core.assistant.graph import Action, Workflow
from server.api.http.problems import ApiError, unfit

MAX_DEPTH: Final = 10  # of an action's arguments
MAX_NUMBER: Final = 2**53  # JavaScript's
NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # Postgres cannot store it


def check(workflow: Workflow) -> None:
    """Raises ApiError `invalid` or `too_large`. The graph may be incomplete."""
    if workflow.format > graph.FORMAT:
        raise unfit("workflow.format", "not_allowed", "The workflow was made by a later version of Parley.")
    for number, node in enumerate(workflow.nodes):
        place = f"workflow.nodes[{number}]"
        _check(node.x, f"{place}.x")
        _check(node.y, f"{place}.y")
        if isinstance(node, Action):
            _check(node.arguments, f"{place}.arguments")
    packed = graph.pack(workflow)
    if len(packed) > graph.MAX_BYTES:
        raise too_large()
    if NUL.search(packed):
        raise unfit("workflow", "malformed", "Remove the character U+0000.")


def too_large() -> ApiError:
    return ApiError("too_large", f"The limit for a workflow is {graph.MAX_BYTES // 1024} KiB.")


def _check(value: Any, field: str) -> None:
    """A JSON value, not too deep, of numbers that each reader understands in the same way."""
    left = [(value, 0)]
    while left:
        one, depth = left.pop()
        if depth > MAX_DEPTH:
            raise unfit(field, "out_of_range", f"The limit is {MAX_DEPTH} levels.")
        if isinstance(one, Mapping):
            left += [(each, depth + 1) for each in one.values()]
        elif isinstance(one, Sequence) and not isinstance(one, str):
            left += [(each, depth + 1) for each in one]
        elif isinstance(one, int | float) and abs(one) > MAX_NUMBER:
            raise unfit(field, "out_of_range", "This number is too large.")
