"""A database of the benchmark's own, beside that of a running Parley, whose workers have no part in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from core.db import codecs, connection_settings
from migrations import files, runner

STATEMENT_TIMEOUT = 8.0  # seconds, of the reader


@asynccontextmanager
async def scratch(url: str, name: str, *, keep: bool = False) -> AsyncIterator[tuple[Any, Any]]:
    """A writer and a reader with the settings of a server's search, and the present tables.

    The role of `url` must be allowed to create databases. `keep`: it is not dropped at the end.
    """
    admin = await asyncpg.connect(url)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {name}")  # of a run that was killed
        await admin.execute(f"CREATE DATABASE {name}")
        try:
            writer = await asyncpg.connect(url, database=name)
            reader = await asyncpg.connect(url, database=name)
            try:
                await runner.up(writer, files.found())
                await codecs.prepare(writer)
                await codecs.prepare(reader)
                await connection_settings.prepare_reading(reader, at_most=STATEMENT_TIMEOUT)
                yield writer, reader
            finally:
                await writer.close()
                await reader.close()
        finally:
            if not keep:
                await admin.execute(f"DROP DATABASE {name}")
    finally:
        await admin.close()
