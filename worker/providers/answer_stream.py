"""An answer of a model as its provider streams it, in the form of OpenAI's chat completions. Without I/O."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec

from core.assistant.turn import Call, Replied

MAX_TEXT: Final = 64 * 1024  # code points, of the text or of one call's arguments
MAX_CALLS: Final = 8  # of one answer; further ones are ignored
DONE: Final = "[DONE]"
BYTES_OF_TOKEN: Final = 3  # where a server does not count
MAX_TOKENS: Final = 10_000_000  # of one request; a server that says more, or less than none, does not count


class BadAnswer(Exception):
    """What a server sends is not an answer in this form."""


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(msgspec.Struct):
    index: Annotated[int, msgspec.Meta(ge=0)] | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    @property
    def is_plausible(self) -> bool:
        """Budgets are counted by these numbers, and some servers send `null`."""
        counts = (self.prompt_tokens or 0, self.completion_tokens or 0)
        return any(counts) and all(0 <= count <= MAX_TOKENS for count in counts)


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Any = None


class Usage(msgspec.Struct, frozen=True):
    """Tokens. `estimated`: the server did not count them."""

    prompt: int
    answer: int
    estimated: bool


def estimate(messages: Sequence[Mapping[str, Any]], said: str = "") -> Usage:
    """For a request that has no answer."""
    return _estimated(len(msgspec.json.encode(messages)), len(said.encode()))


class AnswerStream:
    """Takes each event's data; what it returns is text to show at once."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._length = 0
        self._calls: dict[int, list[str]] = {}  # index → id, name, arguments
        self._usage: _Usage | None = None
        self._refused = False
        self.ended = False

    def feed(self, data: str) -> str:
        """One event. Raises BadAnswer."""
        if data.strip() == DONE:
            self.ended = True
            return ""
        try:
            chunk = _DECODER.decode(data)
        except (msgspec.MsgspecError, RecursionError):
            raise BadAnswer from None
        if chunk.error is not None:
            raise BadAnswer
        self._usage = chunk.usage or self._usage
        return "".join(self._take(choice) for choice in (chunk.choices or [])[:1])

    def reply(self) -> Replied:
        """The whole answer."""
        calls = tuple(
            Call(id or f"call_{index}", name, said) for index, (id, name, said) in sorted(self._calls.items())
        )
        return Replied("".join(self._text), calls, self.usage(0).answer, self._refused)

    def usage(self, asked: int) -> Usage:
        """`asked`: bytes of the request, for an estimate."""
        if (used := self._usage) is not None and used.is_plausible:
            return Usage(used.prompt_tokens or 0, used.completion_tokens or 0, estimated=False)
        said = len("".join(self._text).encode()) + sum(len(call[2].encode()) for call in self._calls.values())
        return _estimated(asked, said)

    def _take(self, choice: _Choice) -> str:
        self._refused |= choice.finish_reason == "content_filter"
        if choice.finish_reason is not None:
            self.ended = True
        delta = choice.delta
        if delta is None:
            return ""
        self._refused |= bool(delta.refusal)
        for call in delta.tool_calls or ():
            self._take_call(call)
        return self._take_text(delta.content or "")

    def _take_text(self, text: str) -> str:
        shown = text[: MAX_TEXT - self._length].replace("\0", "")
        self._length += len(shown)
        if shown:
            self._text.append(shown)
        return shown

    def _take_call(self, call: _ToolCall) -> None:
        # Some servers send no index with a single call.
        index = call.index if call.index is not None else max(self._calls, default=0)
        if index not in self._calls and len(self._calls) >= MAX_CALLS:
            return
        known = self._calls.setdefault(index, ["", "", ""])
        known[0] = call.id or known[0]
        if call.function is not None:
            known[1] += call.function.name or ""
            known[2] += call.function.arguments or ""
        if len(known[1]) > MAX_TEXT or len(known[2]) > MAX_TEXT:
            raise BadAnswer


def _estimated(asked: int, said: int) -> Usage:
    """`asked`, `said`: bytes."""
    return Usage(-(-asked // BYTES_OF_TOKEN), -(-said // BYTES_OF_TOKEN), estimated=True)


_DECODER: Final = msgspec.json.Decoder(_Chunk)
