"""`python -m bench.search`: how fast messages are found. Exit 0: within the target, 1: not.

It needs the PostgreSQL of a Parley that was started by `make run` (PARLEY_DATA), or --database. It works in a
database of its own there, where no worker makes anything searchable beside it, and drops it. A million
messages take about five minutes and 2 GB.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import Any, Final

from bench import target
from bench.databases.scratch import scratch
from bench.search import measure, texts
from core import ids
from core.db import connection_settings

DATABASE: Final = "parley_bench_search"
P95: Final = 100.0  # ms
MESSAGES: Final = 1_000_000  # messages
ROUNDS: Final = 3
SAMPLE: Final = 20_000  # of the messages, from which queries are made


def main() -> int:
    options = parsed()
    url = options.database or target.read(options.data / "run.json").get("dsn")
    if not url:
        print(f"no Parley runs on {options.data}: start one with `make run`, or name a --database")
        return 2
    return asyncio.run(run(str(url), many=options.messages, keep=options.keep))


async def run(url: str, *, many: int, keep: bool) -> int:
    async with scratch(url, DATABASE, keep=keep) as (writer, reader):
        await connection_settings.prepare_stage(writer, durable=False)  # as the worker writes
        project = await measure.new_project(writer)
        await prepare(writer, project, many=many)
        return 0 if await speed(reader, project, many=many) else 1


async def prepare(writer: Any, project: Any, *, many: int) -> None:
    began = time.monotonic()
    await measure.write(writer, project, texts.messages(many), count=many, now=ids.now())
    written = time.monotonic()
    rows, cost = await measure.make_searchable(writer)
    print(
        f"{many:,} messages written in {written - began:.0f} s and searchable in another "
        f"{time.monotonic() - written:.0f} s: {rows:,} documents, each {cost.worker:.0f} us of CPU in the "
        f"worker and {cost.database:.0f} us in Postgres"
    )
    await writer.execute("ANALYZE messages, conversations, visitors, search_documents, search_buckets")


async def speed(reader: Any, project: Any, *, many: int) -> bool:
    every: list[measure.Search] = []
    for kind, asked in texts.queries(list(texts.messages(min(many, SAMPLE)))).items():
        taken = await measure.times(reader, project, asked, rounds=ROUNDS)
        every += taken
        print(f"  {kind}: {said(measure.summary(taken))}")
    whole = measure.summary(every)
    enough = whole.p95 <= P95
    print(f"{many:,} messages: {said(whole)}{'' if enough else f' (target {P95:.0f} ms)'}")
    return enough


def said(found: measure.Times) -> str:
    return (
        f"{found.searches} searches, median {found.median:.1f} ms, p95 {found.p95:.1f} ms, "
        f"slowest {found.slowest:.1f} ms; CPU of Postgres: p95 {found.cpu_p95:.1f} ms"
    )


def parsed() -> argparse.Namespace:
    made = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    made.add_argument("--database", metavar="URL", help="a database whose role may create others")
    made.add_argument("--data", type=Path, default=target.directory(), help="the launcher's directory")
    made.add_argument("--messages", type=int, default=MESSAGES)
    made.add_argument("--keep", action="store_true", help="do not drop the database at the end")
    return made.parse_args()


if __name__ == "__main__":
    sys.exit(main())
