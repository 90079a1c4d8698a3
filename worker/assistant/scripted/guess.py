"""Arguments of a tool for which there is no rule: from its schema, and from what the visitor wrote."""

import re
from typing import Any, Final

from worker.assistant.scripted.answer import Call
from worker.assistant.scripted.asked import EMAIL, NUMBER, Asked

MAX_VALUE: Final = 500  # code points

_WORD: Final = re.compile(r"\w{3,}")
_NAME: Final = re.compile(
    r"(?:my name is|i am|i'm|call me|tên (?:tôi|em|mình|anh|chị) là|tôi tên là)\s+"
    r"(\w[\w'-]*(?:\s+\w[\w'-]*){0,3})",
    re.IGNORECASE,
)
_EMAIL_WORDS: Final = re.compile(r"e-?mail|thư điện tử", re.IGNORECASE)
_NAME_WORDS: Final = re.compile(r"\bname\b|\btên\b", re.IGNORECASE)
_NUMBER_WORDS: Final = re.compile(r"number|phone|how many|\bsố\b|điện thoại|bao nhiêu", re.IGNORECASE)


def call(asked: Asked) -> Call:
    """The first tool that is offered."""
    return completed(Call(next(iter(asked.offered))), asked)


def completed(made: Call, asked: Asked) -> Call:
    """With the required arguments that it lacks."""
    schema = asked.offered[made.name].parameters
    properties: dict[str, dict[str, Any]] = schema.get("properties", {})
    missing = [name for name in schema.get("required", []) if name not in made.arguments]
    guessed = {name: _value(name, properties.get(name, {}), asked) for name in missing}
    return Call(made.name, guessed | made.arguments)


def _value(name: str, schema: dict[str, Any], asked: Asked) -> str:
    if name == "path":
        return "no"
    if name == "case":
        return _choice(schema.get("enum", []), asked) or "default"
    if "enum" in schema:
        return _choice(schema["enum"], asked) or str(schema["enum"][0] if schema["enum"] else "")
    return _read(name if name in {"email", "name"} else asked.question, asked.message)[:MAX_VALUE]


def _choice(choices: list[str], asked: Asked) -> str:
    """That with the most words in common with the message, by its name and its line in the instruction."""
    said = _stems(asked.message)
    lines = [line.partition(": ") for line in asked.system.splitlines()]
    best, most = "", 0
    for choice in choices:
        when = next((after for before, _, after in lines if before == choice), "")
        common = len(said & _stems(f"{choice} {when}".replace("_", " ")))
        if common > most:
            best, most = choice, common
    return best


def _stems(text: str) -> set[str]:
    """Words without their endings."""
    return {word[:5] for word in _WORD.findall(text.lower())}


def _read(question: str, message: str) -> str:
    """The value that was asked for; the whole message where nothing in it looks like one."""
    for words, pattern in ((_EMAIL_WORDS, EMAIL), (_NUMBER_WORDS, NUMBER), (_NAME_WORDS, _NAME)):
        found = pattern.search(message) if words.search(question) else None
        if found is not None:
            return found[1] if pattern is _NAME else found[0]
    return message.strip() or "-"
