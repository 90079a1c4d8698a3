"""Rules in a TOML file: the first whose patterns match decides; see demo.toml for an example."""

import re
import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec

from worker.assistant.scripted import articles, guess
from worker.assistant.scripted.answer import Answer, Call
from worker.assistant.scripted.asked import EMAIL, NUMBER, Asked

DEMO: Final = Path(__file__).parent / "demo.toml"
MAX_QUOTED: Final = 300  # code points of a message that an answer repeats

_PLACE: Final = re.compile(r"\{([a-z_]+)\}")


class BadRules(Exception):
    """The file is not one of rules. The text is for its author."""


class _Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tool: str
    arguments: dict[str, Any] = {}


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`question` and `message`: patterns, searched in the node's instruction and in the visitor's words.

    `calls`: tools, all of which have to be offered. In arguments and texts `{email}`, `{number}` and
    `{message}` stand for what the visitor wrote, and `{name}` for a named group of `message`; a rule whose
    text needs what is not there does not match.
    """

    question: str = ""
    message: str = ""
    calls: list[_Call] = []
    calls_vi: list[_Call] = []  # of the same tools, in a Vietnamese conversation
    text: str = ""
    text_vi: str = ""  # in a Vietnamese conversation
    delay: int | None = None  # ms before each word


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: list[Rule]


class Rules:
    """Those of a file."""

    def __init__(self, path: Path = DEMO) -> None:
        """Raises BadRules."""
        try:
            self._rules = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File).rules
            self._patterns = [
                (re.compile(rule.question, re.IGNORECASE), re.compile(rule.message, re.IGNORECASE))
                for rule in self._rules
            ]
        except OSError as error:
            raise BadRules(f"cannot be read: {error.strerror}") from None
        except (ValueError, re.error) as error:
            raise BadRules(str(error)) from None

    def answer(self, asked: Asked) -> Answer:
        """By the first rule that matches; a tool that has to be called is called in any case."""
        told = articles.answer(asked)
        for rule, (question, message) in zip(self._rules, self._patterns, strict=True):
            if told is not None and rule.text and not rule.question:
                return told  # what articles say comes before what is said about a word
            found = message.search(asked.message)
            if found is None or question.search(asked.question) is None or not _fits(rule, asked):
                continue
            made = _made(rule, asked, _known(asked) | found.groupdict())
            if made is not None:
                return made
        if asked.required:
            return Answer(calls=(guess.call(asked),))
        return Answer("OK.")


def _fits(rule: Rule, asked: Asked) -> bool:
    """A tool that was just run is not called again."""
    if rule.calls:
        return not asked.after_tools and all(call.tool in asked.offered for call in rule.calls)
    return not asked.required


def _known(asked: Asked) -> dict[str, str | None]:
    email, number = EMAIL.search(asked.message), NUMBER.search(EMAIL.sub("", asked.message))
    return {
        "email": email and email[0].rstrip("."),
        "number": number and number[0],
        "message": asked.message.strip()[:MAX_QUOTED],
    }


def _made(rule: Rule, asked: Asked, known: dict[str, str | None]) -> Answer | None:
    text, wanted = rule.text, rule.calls
    if asked.vietnamese:
        text, wanted = rule.text_vi or text, rule.calls_vi or wanted
    whole = text + "".join(str(value) for call in wanted for value in call.arguments.values())
    if not all(known.get(place) for place in _PLACE.findall(whole)):
        return None

    def filled(value: Any) -> Any:
        return _PLACE.sub(lambda place: known[place[1]] or "", value) if isinstance(value, str) else value

    calls = [Call(one.tool, {key: filled(value) for key, value in one.arguments.items()}) for one in wanted]
    return Answer(filled(text), tuple(guess.completed(call, asked) for call in calls), rule.delay)
