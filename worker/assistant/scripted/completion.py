"""An answer in the form of OpenAI's chat completions: whole, or as the chunks of a stream."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from worker.assistant.scripted.answer import Answer, Call
from worker.assistant.scripted.asked import Asked

WORD_DELAY: Final = 30  # ms
ARGUMENTS_PIECE: Final = 12  # characters of one chunk
TOKEN: Final = 4  # characters of a token of arguments; a call costs as many tokens beside them
CREATED: Final = 1_750_000_000  # the same always: answers are reproducible

_WORD: Final = re.compile(r"\s*\S+\s*?(?=\s|$)")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_NUMBERS: Final = itertools.count(1)


class Chunk(NamedTuple):
    """`delay`: ms before it."""

    delay: int
    data: dict[str, Any]


class Completion:
    """One answer to one request."""

    def __init__(self, asked: Asked, answer: Answer, *, delay: int = WORD_DELAY) -> None:
        self._asked = asked
        self._calls = answer.calls
        self._refused = answer.refused
        self._delay = delay if answer.delay is None else answer.delay
        words = _WORD.findall(answer.text)
        self._words = words[: asked.most_words]
        self._cut = len(self._words) < len(words)
        self._arguments = self._bounded(asked.most_words)
        self._id = f"chatcmpl-{next(_NUMBERS)}"

    def whole(self) -> dict[str, Any]:
        """For a request without a stream."""
        message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None}
        message["refusal" if self._refused else "content"] = "".join(self._words) or None
        if self._calls:
            message["tool_calls"] = [
                _call(id, call.name, self._arguments[index]) for index, id, call in self._numbered()
            ]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self._finish()}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self._usage()}

    def chunks(self) -> Iterator[Chunk]:
        """For a stream; `[DONE]` is not among them."""
        yield self._chunk({"role": "assistant", "content": ""})
        for word in self._words:
            yield self._chunk({"refusal" if self._refused else "content": word}, delay=self._delay)
        for index, id, call in self._numbered():
            arguments = self._arguments[index]
            begun = {"index": index, **_call(id, call.name, "")}
            yield self._chunk({"tool_calls": [begun]}, delay=self._delay)
            for start in range(0, len(arguments), ARGUMENTS_PIECE):
                piece = {"arguments": arguments[start : start + ARGUMENTS_PIECE]}
                yield self._chunk({"tool_calls": [{"index": index, "function": piece}]})
        yield self._chunk({}, finish=self._finish())
        options = self._asked.stream_options
        if options is not None and options.include_usage:
            yield Chunk(0, {**self._head("chat.completion.chunk"), "choices": [], "usage": self._usage()})

    def _chunk(self, delta: dict[str, Any], *, finish: str | None = None, delay: int = 0) -> Chunk:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return Chunk(delay, {**self._head("chat.completion.chunk"), "choices": [choice]})

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self._id, "object": kind, "created": CREATED, "model": self._asked.model}

    def _numbered(self) -> Iterator[tuple[int, str, Call]]:
        sent = self._calls[: len(self._arguments)]
        return ((index, f"call_{self._id[9:]}_{index}", call) for index, call in enumerate(sent))

    def _bounded(self, most: int | None) -> list[str]:
        """The arguments of each call, cut where the bound of the answer is reached, as servers do."""
        left = None if most is None else most - len(self._words)
        found: list[str] = []
        for text in map(_arguments, self._calls):
            if left is None:
                found.append(text)
                continue
            left -= TOKEN
            self._cut |= len(text) > max(0, left) * TOKEN
            if left <= 0:
                break
            found.append(text[: left * TOKEN])
            left -= -(-len(found[-1]) // TOKEN)
        return found

    def _finish(self) -> str:
        if self._refused:
            return "content_filter"
        return "length" if self._cut else "tool_calls" if self._calls else "stop"

    def _usage(self) -> dict[str, int]:
        prompt = sum(len(one.text.split()) + 4 for one in self._asked.messages)
        answer = len(self._words) + sum(-(-len(text) // TOKEN) + TOKEN for text in self._arguments)
        return {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}


def dumped(value: Any) -> str:
    """As JSON; halves of surrogate pairs, which no encoding can express, stay escapes."""
    text = json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if _SURROGATE.search(text) else text


def _arguments(call: Call) -> str:
    return dumped(call.arguments) if call.raw is None else call.raw


def _call(id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
