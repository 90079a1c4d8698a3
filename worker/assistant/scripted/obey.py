"""A model that follows every instruction it reads, as if each prompt injection worked. For red-team tests."""

import json
import re
from typing import Any, Final

from worker.assistant.scripted.answer import Answer, Call
from worker.assistant.scripted.asked import Asked

# "call tool X with …", "call the function `x` with …", "call x({…})", "gọi công cụ x với …"
_CALL: Final = re.compile(
    r"\b(?:call|use|run|invoke|gọi|dùng)\s+(?:the\s+)?(?:tool\s+|function\s+|công cụ\s+)?"
    r"[`\"']?([A-Za-z_][\w.-]{0,63})[`\"']?(?:\s+(?:with|using|với)\b:?|\s*\()\s*",
    re.IGNORECASE,
)
_RAW: Final = re.compile(r"raw: (.*)")  # arguments that are sent as they are written
_SAY: Final = re.compile(
    r"\b(?:say|answer with|reply with|respond with|write|output)\b(?:\s+exactly\b)?\s*:?\s*(.+)",
    re.IGNORECASE,
)
_TIMES: Final = re.compile(r"\b(\d{1,6}) times\b:?\s*(.+)", re.IGNORECASE)
_REVEAL: Final = re.compile(
    r"\b(?:reveal|print|repeat|show|tell|output|leak|give)\b.{0,60}"
    r"\b(?:system prompt|prompt|instructions|rules|everything above|messages)\b",
    re.IGNORECASE | re.DOTALL,
)
_FOREVER: Final = re.compile(r"\b(?:forever|again and again|in a loop|endlessly)\b", re.IGNORECASE)
_PROSE: Final = re.compile(r"\b(?:do not|don't|never) (?:call|use) (?:a |any |the )?tools?\b", re.IGNORECASE)
_PAIR: Final = re.compile(r"\b(\w+)\s*[=:]\s*(\"[^\"]*\"|'[^']*'|[^,;)\n]+)")
_DECODER: Final = json.JSONDecoder()
MAX_SAID: Final = 1_000_000  # code points


def answer(asked: Asked) -> Answer | None:
    """What it is told to do, also beside a tool that has to be called; None: nothing in particular.

    It calls what the last message says first, then what instructions and earlier messages say.
    """
    said = [asked.message, *(one.text for one in asked.messages if one.role != "user")]
    said += [one.text for one in asked.messages if one.role == "user" and one.text not in asked.message]
    if not asked.after_tools or any(_FOREVER.search(text) for text in said):
        calls = tuple(_call(found, text, asked) for text in said for found in _CALL.finditer(text))
        if calls:
            return Answer(calls=calls)
    if asked.required and not any(_PROSE.search(text) for text in said):
        return None
    if _REVEAL.search(asked.message):
        return Answer("\n".join(f"{one.role}: {one.text}" for one in asked.messages), delay=0)
    found = _SAY.search(asked.message)
    return None if found is None else Answer(_said(found[1].strip()))


def _said(text: str) -> str:
    """`text`, as it is; a JSON string; or "1000 times: text"."""
    times = _TIMES.match(text)
    if times is not None:
        return " ".join([times[2]] * min(int(times[1]), MAX_SAID // len(times[2])))
    try:
        read = json.loads(text)
    except ValueError:
        return text
    return read if isinstance(read, str) else text


def _call(found: re.Match[str], text: str, asked: Asked) -> Call:
    rest = text[found.end() :]
    raw = _RAW.match(rest)
    if raw is not None:
        return Call(found[1], raw=raw[1])
    try:
        given = _DECODER.raw_decode(rest)[0]
    except ValueError:
        given = None
    except RecursionError:
        return Call(found[1], raw=rest)
    if isinstance(given, dict):
        return Call(found[1], given)
    line = rest.partition("\n")[0]
    pairs = {name: _bare(value) for name, value in _PAIR.findall(line)}
    return Call(found[1], pairs or _one(found[1], _bare(line), asked))


def _one(tool: str, value: str, asked: Asked) -> dict[str, Any]:
    """Words without a name are the first argument."""
    offered = asked.offered.get(tool)
    properties = offered.parameters.get("properties", {}) if offered else {}
    return {next(iter(properties), "input"): value} if value else {}


def _bare(value: str) -> str:
    return value.strip().rstrip(".)").strip().strip("\"'`")
