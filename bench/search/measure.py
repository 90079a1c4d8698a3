"""Writes a project's messages, makes them searchable as the worker does, and takes the times of searches."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from core import ids
from core.db.search import indexing, results
from core.ids import ProjectId
from core.search import query

BATCH_SIZE: Final = 5_000  # messages of one COPY
BATCH: Final = 300  # as the worker's stage
PAGE: Final = 20
CONVERSATIONS: Final = 20_000
SPAN: Final = 90 * 24 * 3600 * 1000  # ms: the messages are of three months


class Cost(msgspec.Struct, frozen=True):
    """Of a message, in microseconds of CPU. `database` 0: it runs elsewhere."""

    worker: float
    database: float


class Search(msgspec.Struct, frozen=True):
    """In ms. `cpu`: of the database; 0: it runs elsewhere."""

    took: float
    cpu: float


class Times(msgspec.Struct, frozen=True):
    """In ms."""

    searches: int
    median: float
    p95: float
    slowest: float
    cpu_p95: float


async def new_project(conn: Any) -> ProjectId:
    made = ProjectId(ids.make())
    await conn.execute(
        "INSERT INTO projects (id, name, domains) VALUES ($1, 'Benchmark of search', '{bench.invalid}')", made
    )
    return made


async def write(conn: Any, project: ProjectId, texts: Iterable[str], *, count: int, now: int) -> None:
    """Stores messages, one after the other in 20,000 conversations."""
    visitors = [ids.make() for _ in range(CONVERSATIONS)]
    talks = [ids.make() for _ in range(CONVERSATIONS)]
    await conn.copy_records_to_table(
        "visitors",
        records=[(project, visitor, f"Person {n}") for n, visitor in enumerate(visitors)],
        columns=("project_id", "id", "name"),
    )
    await conn.copy_records_to_table(
        "conversations",
        records=[(project, talk, visitor, now) for talk, visitor in zip(talks, visitors, strict=True)],
        columns=("project_id", "id", "visitor_id", "last_message_at"),
    )
    rows = _rows(project, texts, talks, visitors, count=count, now=now)
    while some := list(islice(rows, BATCH_SIZE)):
        await conn.copy_records_to_table(
            "messages",
            records=some,
            columns=(
                "project_id", "conversation_id", "seq", "id", "sender_party", "sender_id", "ref", "kind",
                "body", "at",
            ),
        )  # fmt: skip


def _rows(
    project: ProjectId,
    texts: Iterable[str],
    talks: Sequence[bytes],
    visitors: Sequence[bytes],
    *,
    count: int,
    now: int,
) -> Iterator[tuple[Any, ...]]:
    for number, text in enumerate(texts):
        place = number % len(talks)
        seq = number // len(talks) + 1
        at = now - SPAN + SPAN * number // count
        yield (
            project, talks[place], seq, ids.make(), "visitor", visitors[place], ids.make(), "text", text, at,
        )  # fmt: skip


async def make_searchable(conn: Any) -> tuple[int, Cost]:
    """Empties the queue; how many rows it had, and what each cost."""
    backend = await conn.fetchval("SELECT pg_backend_pid()")
    began, at_database, rows = time.process_time(), _cpu(backend), 0
    while True:
        async with conn.transaction():
            taken = await indexing.newer(conn, limit=BATCH)
        rows += taken
        if taken < BATCH:
            break
    worker = time.process_time() - began
    each = 1e6 / max(1, rows)
    return rows, Cost(worker * each, (_cpu(backend) - at_database) * each)


def _cpu(pid: int) -> float:
    """Seconds that a process of this machine has used; 0: it is another machine's."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _scheduled(pid: int) -> int:
    """Nanoseconds that a process has run; `_cpu` counts in hundredths of a second."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except OSError:
        return 0


async def times(conn: Any, project: ProjectId, asked: Sequence[str], *, rounds: int) -> list[Search]:
    """Of the first page, and where there is one the second."""
    taken: list[Search] = []
    backend = await conn.fetchval("SELECT pg_backend_pid()")
    for _ in range(rounds):
        for text in asked:
            after = None
            for _page in range(2):
                began, ran = time.perf_counter(), _scheduled(backend)
                rows = await results.page(
                    conn, project, "messages", query.read(text), after=after, limit=PAGE + 1
                )
                took = time.perf_counter() - began
                taken.append(Search(took * 1e3, (_scheduled(backend) - ran) / 1e6))
                if len(rows) <= PAGE:
                    break
                after = rows[PAGE - 1].spot
    return taken


def summary(taken: Sequence[Search]) -> Times:
    ordered = sorted(one.took for one in taken)
    cpu = sorted(one.cpu for one in taken)
    place = int(len(taken) * 0.95)
    return Times(len(taken), ordered[len(taken) // 2], ordered[place], ordered[-1], cpu[place])
