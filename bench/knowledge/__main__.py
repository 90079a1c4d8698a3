"""`python -m bench.knowledge`: how well and how fast articles are found. Exit 0: within the targets, 1: not.

It needs the PostgreSQL of a Parley that was started by `make run` (PARLEY_DATA), or --database. It works in a
database of its own there, whose articles no worker prepares beside it, and drops it.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any, Final

from bench import target
from bench.databases.scratch import scratch
from bench.knowledge import measure, question_set

DATABASE: Final = "parley_bench_knowledge"
RECALL: Final = 0.90  # of the plain questions of each language; synonyms are for vectors
P95: Final = 40.0  # ms
MANY: Final = 10_000  # articles
ROUNDS: Final = 3


def main() -> int:
    options = parsed()
    url = options.database or target.read(options.data / "run.json").get("dsn")
    if not url:
        print(f"no Parley runs on {options.data}: start one with `make run`, or name a --database")
        return 2
    return asyncio.run(run(str(url), many=options.articles, verbose=options.verbose))


async def run(url: str, *, many: int, verbose: bool) -> int:
    async with scratch(url, DATABASE) as (writer, reader):
        project = await measure.new_project(writer)
        good = await qualities(writer, reader, project, verbose=verbose)
        fast = await speed(writer, reader, project, many=many) if many else True
    return 0 if good and fast else 1


async def qualities(writer: Any, reader: Any, project: Any, *, verbose: bool) -> bool:
    known: dict[bytes, str] = {}
    for language in question_set.LANGUAGES:
        known |= await measure.store(writer, project, question_set.articles(language), language=language)
    await writer.execute("ANALYZE article_chunks, article_words")
    good = True
    for language in question_set.LANGUAGES:
        asked = question_set.questions(language)
        for kind in question_set.KINDS:
            some = [one for one in asked if one.kind == kind]
            found = await measure.quality(reader, project, some, known, language=language)
            enough = found.recall >= RECALL or kind != "plain"
            good = good and enough
            said = f"recall@{measure.FIRST} {found.recall:.3f}, MRR {found.mrr:.3f}"
            target_said = "" if enough else f" (target {RECALL})"
            print(f"{language}, {kind}: {found.questions} questions, {said}{target_said}")
            if verbose:
                for question, article, titles in found.missed:
                    print(f"   missed: {question!r} -> {article}; found {titles}")
    return good


async def speed(writer: Any, reader: Any, project: Any, *, many: int) -> bool:
    for number, language in enumerate(question_set.LANGUAGES):
        real = question_set.articles(language)
        count = many // len(question_set.LANGUAGES) - len(real)
        await measure.store(
            writer, project, question_set.made_up(real, count, seed=number), language=language
        )
    await writer.execute("ANALYZE article_chunks, article_words")
    asked = [(code, one.question) for code in question_set.LANGUAGES for one in question_set.questions(code)]
    found = await measure.times(reader, project, asked, rounds=ROUNDS)
    enough = found.p95 <= P95
    print(
        f"{many:,} articles: {found.searches} searches, median {found.median:.1f} ms, "
        f"p95 {found.p95:.1f} ms, "
        f"slowest {found.slowest:.1f} ms{'' if enough else f' (target {P95:.0f} ms)'}"
    )
    return enough


def parsed() -> argparse.Namespace:
    made = argparse.ArgumentParser(prog="python -m bench.knowledge", description=__doc__)
    made.add_argument("--database", metavar="URL", help="a database whose role may create others")
    made.add_argument("--data", type=Path, default=target.directory(), help="the launcher's directory")
    made.add_argument("--articles", type=int, default=MANY, help="for the times; 0: do not measure them")
    made.add_argument("--verbose", action="store_true", help="name the questions that were missed")
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main())
