"""What the scripted provider answers: text, calls of tools, or both."""

from typing import Any

import msgspec


class Call(msgspec.Struct, frozen=True):
    """Of a tool. `raw`: what is sent as its arguments instead of JSON; None: JSON."""

    name: str
    arguments: dict[str, Any] = {}
    raw: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """`delay`: ms before each word; None: the server's. `refused`: as a model that declines."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    delay: int | None = None
    refused: bool = False
