"""The command `replay`: prints what a workflow would make of recorded conversations."""

# ruff: noqa: T201  it prints for an operator

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from core import ids
from core.assistant import graph
from core.assistant.graph import InvalidWorkflow, Workflow
from core.assistant.replay import comparison
from core.assistant.replay.comparison import MAX_CONVERSATIONS, ComparedConversation, KeptConversation
from core.assistant.replay.replaying import Compared, Outcome
from core.config.settings import SettingsError, read
from core.db.assistant import replay_reads
from core.db.projects import projects
from core.ids import ProjectId
from core.text import reasons
from worker import pool

CONNECTION_NAME: Final = "parley replay"
SAME, CHANGED, BAD_INPUT = 0, 1, 2
MAX_TEXT: Final = 200  # characters of a text in a line


class _BadInput(Exception):
    """The text is for the operator."""


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """The exit code: 0 nothing changed, 1 something did, 2 it cannot be said."""
    given = _parser().parse_args(arguments)  # exits with 2
    try:
        workflow = graph.parse(Path(given.file).read_bytes())
        project = ProjectId(ids.parse(given.project))
        url = read(dict(environment)).database_url
        kept = asyncio.run(_kept(url, project, given.conversations))
    except (OSError, ValueError, InvalidWorkflow, SettingsError, _BadInput, *pool.UNAVAILABLE) as error:
        print(f"replay: {reasons.said(error)}", file=sys.stderr)
        return BAD_INPUT
    found = comparison.compare(workflow, kept)
    print("\n".join(report(found, workflow)))
    return CHANGED if any(one.verdict == "changed" for one in found) else SAME


def report(found: Sequence[ComparedConversation], workflow: Workflow) -> Iterator[str]:
    """Lines: the conversations that change, then those that are unknown, then how many there are."""
    names = {node.id: node.name or node.id for node in workflow.nodes}
    for wanted in ("changed", "unknown"):
        for one in found:
            if one.verdict == wanted:
                yield from _conversation(one, names)
    verdicts = [one.verdict for one in found]
    changed, unknown = verdicts.count("changed"), verdicts.count("unknown")
    yield f"{len(found)} compared: {changed} changed, {unknown} unknown, {verdicts.count('same')} the same"


def _conversation(one: ComparedConversation, names: Mapping[str, str]) -> Iterator[str]:
    yield f"conversation {ids.text(one.id)}  {one.visitor_name}  {one.verdict}"
    for id, turn in one.turns:
        if turn.changed or turn.unknown:
            yield f"  turn {ids.text(id)}  {'changed' if turn.changed else 'unknown'}"
            yield from _turn(turn, names)
    yield ""


def _turn(turn: Compared, names: Mapping[str, str]) -> Iterator[str]:
    for text in turn.texts:
        yield f"    visitor   {_line(text)}"
    for word, outcome in (("recorded", turn.recorded), ("draft", turn.draft)):
        yield f"    {word:8}  {' > '.join(names.get(id, id) for id in outcome.path) or '-'}: {_end(outcome)}"
        for used in outcome.tools:
            arguments = msgspec.json.encode(used.arguments).decode()
            yield f"              {used.tool} {_line(arguments)}"
        if outcome.text:
            yield f"              “{_line(outcome.text)}”"


def _end(outcome: Outcome) -> str:
    match outcome.end:
        case "handoff":
            return f"handed over: {_line(outcome.handoff or '')}"
        case "fail":
            return f"failed: {outcome.error}"
        case "unknown":
            return "the next question was not recorded"
        case "person":
            return "a person has the conversation"
        case "wait" | "end":
            return outcome.end


def _line(text: str) -> str:
    """What a terminal shows as one line."""
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    return clean if len(clean) <= MAX_TEXT else clean[: MAX_TEXT - 1] + "…"


async def _kept(url: str, project: ProjectId, limit: int) -> list[KeptConversation]:
    async with pool.connection(url, name=CONNECTION_NAME) as conn:
        if await projects.by_id(conn, project) is None:
            raise _BadInput("there is no such project")
        return await replay_reads.latest(conn, project, limit=limit)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker.assistant")
    commands = parser.add_subparsers(required=True)
    replay = commands.add_parser(
        "replay", help="run a workflow against recorded conversations: exit code 1 if an outcome changes"
    )
    replay.add_argument("--project", required=True, help="its id")
    replay.add_argument(
        "--conversations",
        type=int,
        choices=range(1, MAX_CONVERSATIONS + 1),
        metavar="N",
        default=20,
        help=f"how many, 1 to {MAX_CONVERSATIONS} (20)",
    )
    replay.add_argument("file", metavar="FILE", help="the workflow, as the dashboard exports it")
    return parser
