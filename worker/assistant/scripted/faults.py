"""Models that fail, each in one way: the name of the model in the request chooses it."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from worker.assistant.scripted.answer import Answer, Call
from worker.assistant.scripted.asked import Asked
from worker.assistant.scripted.completion import Completion
from worker.assistant.scripted.response import Response


class _Error(NamedTuple):
    status: int
    message: str
    code: str
    retry_after: int | None = None


def _bad_arguments(answer: Answer) -> Answer:
    calls = tuple(Call(one.name, {"no": ["such", "argument"]}) for one in answer.calls)
    return Answer(answer.text, calls, 0)


LONG: Final = " ".join(["This answer is long, and takes its time."] * 40)

ANSWERS: Final[Mapping[str, Callable[[Answer], Answer]]] = {
    "slow": lambda answer: Answer(LONG, answer.calls, 100),  # half a minute
    "wrong-tool": lambda _: Answer(calls=(Call("delete_everything", {"really": True}),)),
    "prose": lambda _: Answer("I would say yes.", delay=0),  # also where a tool has to be called
    "bad-arguments": _bad_arguments,
    "duplicate-calls": lambda answer: Answer(answer.text, answer.calls * 3, 0),
    "empty": lambda _: Answer(),
    "refusal": lambda _: Answer("I cannot help with that.", delay=0, refused=True),
}
"""Models that answer, but not what they should."""

ERRORS: Final[Mapping[str, _Error]] = {
    "busy": _Error(429, "Too many requests.", "rate_limit_exceeded", 7),
    "broken": _Error(500, "The server had an error.", "server_error"),
    "unknown": _Error(404, "There is no such model.", "model_not_found"),
}
"""Models that are not asked."""

STREAMS: Final = ("silent", "stuck", "half", "unfinished", "garbage", "page", "huge")
"""Models whose responses are broken; see `broken`."""

MODELS: Final = (*ANSWERS, *ERRORS, *STREAMS)


async def broken(asked: Asked, response: Response) -> None:
    """The response of one of STREAMS; always a stream."""
    match asked.model:
        case "page":  # of a proxy, with the status of success
            await response.whole(200, b"<html>Sign in</html>", "text/html")
        case "silent":
            await response.begin_events()
            await asyncio.Event().wait()
        case "garbage":
            await response.begin_events()
            await response.event("<html>502 Bad Gateway</html>")
            await response.end()
        case "huge":
            word = _chunks(asked, "x" * 10_000)[1]
            await response.begin_events()
            while True:
                await response.event(word)
        case _:
            await response.begin_events()
            for chunk in _chunks(asked, "One moment, please")[:3]:
                await response.event(chunk)
            await _stop(asked.model, response)


async def _stop(how: str, response: Response) -> None:
    if how == "stuck":  # nothing more comes
        await asyncio.Event().wait()
    elif how == "half":
        response.break_off()
    else:  # the response ends properly, and the answer does not
        await response.end()


def _chunks(asked: Asked, text: str) -> list[str]:
    return [json.dumps(chunk.data) for chunk in Completion(asked, Answer(text)).chunks()]
