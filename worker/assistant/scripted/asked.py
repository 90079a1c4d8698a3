"""A request for a chat completion, as far as rules look at it."""

import re
import unicodedata
from typing import Any, Final

import msgspec

from core.copilot.context import ARTICLE, CONVERSATION

EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
NUMBER: Final = re.compile(r"\b(?=[A-Z0-9-]{0,22}\d{3})[A-Z0-9][A-Z0-9-]{2,24}\b", re.IGNORECASE)
# Letters that Vietnamese has and other languages with Latin letters hardly use.
_VIETNAMESE: Final = re.compile(r"[đơưăĐƠƯĂ\u1ea0-\u1ef9]")


class BadRequest(Exception):
    """Not a request in this form. The text is for whoever sent it."""


class Message(msgspec.Struct):
    """One of the messages."""

    role: str
    content: str | list[dict[str, Any]] | None = None

    @property
    def text(self) -> str:
        """Its words."""
        if isinstance(self.content, list):
            return "\n".join(str(part.get("text", "")) for part in self.content)
        return unicodedata.normalize("NFC", self.content or "")


class Function(msgspec.Struct):
    """A tool that may be called."""

    name: str
    parameters: dict[str, Any] = {}


class _Tool(msgspec.Struct):
    function: Function


class _StreamOptions(msgspec.Struct):
    include_usage: bool = False


class Asked(msgspec.Struct):
    """The request. Fields that rules have no use for are ignored."""

    model: str
    messages: list[Message]
    stream: bool | None = False
    stream_options: _StreamOptions | None = None
    tools: list[_Tool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None

    @property
    def message(self) -> str:
        """What the visitor wrote last; several messages, if they follow each other."""
        found: list[str] = []
        for one in reversed(self.messages):
            if one.role == "user":
                found.append(one.text)
            elif found:
                break
        return "\n".join(reversed(found))

    @property
    def system(self) -> str:
        """All instructions."""
        return "\n\n".join(one.text for one in self.messages if one.role in {"system", "developer"})

    @property
    def question(self) -> str:
        """The last part of the first instruction: that of a node of a workflow."""
        first = next((one.text for one in self.messages if one.role in {"system", "developer"}), "")
        return first.rpartition("\n\n")[2]

    @property
    def offered(self) -> dict[str, Function]:
        """The tools that may be called now, by name."""
        listed = {tool.function.name: tool.function for tool in self.tools or ()}
        if isinstance(self.tool_choice, dict):
            forced = self.tool_choice.get("function", {}).get("name")
            return {name: tool for name, tool in listed.items() if name == forced}
        return {} if self.tool_choice == "none" else listed

    @property
    def required(self) -> bool:
        """Whether a tool has to be called."""
        return self.tool_choice == "required" or isinstance(self.tool_choice, dict)

    @property
    def after_tools(self) -> bool:
        """Whether the results of tools are the last that was said."""
        return bool(self.messages) and self.messages[-1].role == "tool"

    @property
    def vietnamese(self) -> bool:
        """Whether the visitor writes Vietnamese, or an agent asks in it or about a text in it."""
        return any(_VIETNAMESE.search(text) for text in (self.message, *self._sources))

    @property
    def _sources(self) -> list[str]:
        """What an agent asks the copilot about."""
        heads = (ARTICLE, CONVERSATION)
        return [one.text for one in self.messages if one.role == "system" and one.text.startswith(heads)]

    @property
    def most_words(self) -> int | None:
        """The bound of the answer."""
        return self.max_completion_tokens or self.max_tokens


def read(body: bytes) -> Asked:
    """Raises BadRequest."""
    try:
        asked = _DECODER.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadRequest(str(error)) from None
    if not asked.messages:
        raise BadRequest("messages: there has to be one")
    if asked.required and not asked.offered:
        raise BadRequest("tool_choice: there is no such tool")
    return asked


_DECODER: Final = msgspec.json.Decoder(Asked)
