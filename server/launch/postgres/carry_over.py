"""Carries an old cluster, whose search knows only ASCII letters, over to a new one; the old one is kept.

Until release 0.2.0 clusters were made with LC_CTYPE C. It cannot be changed afterwards, and pg_trgm finds no
letter outside ASCII with it: no Russian and hardly a Vietnamese word. So everything is copied by pg_dump into
a new cluster beside the old one, and the two change places by two renames. A launcher that is killed at any
point leaves the old cluster, or the complete new one: the next start goes on from there.
"""

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from core import failpoints
from server.launch import ports, program
from server.launch.console import LaunchError, say, step
from server.launch.postgres.cluster import SUPERUSER, Cluster
from server.launch.program import Process, Program

MARK = "parley_letters"  # a file in a cluster that need not be looked at again
NEW = "data.new"
KEPT = "data.ascii"
ASCII_ONLY = frozenset({"C", "POSIX"})
MEGABYTES = 1024 * 1024
ROOM = 200 * MEGABYTES  # for an empty cluster and its log
START_TIMEOUT = 60.0  # seconds: a recovery after a crash
PROGRESS_INTERVAL = 5.0  # seconds between two lines
STALL_TIMEOUT = 1800.0  # seconds in which nothing was written: an index of the largest table takes less

# While they copy. `read_only` only for the old cluster.
COPYING: Mapping[str, str] = {"autovacuum": "off", "maintenance_work_mem": "128MB"}
READ_ONLY: Mapping[str, str] = {"default_transaction_read_only": "on"}

# Tables and sequences, their names quoted; ids below 16384 are those of PostgreSQL's own.
RELATIONS = "SELECT oid::regclass, relkind FROM pg_class WHERE relkind IN ('r', 'S') AND oid >= 16384"
DATABASES = "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname"
CTYPE = "SELECT datctype FROM pg_database WHERE datname = 'parley'"


class Server(NamedTuple):
    """A cluster whose server runs for as long as we copy."""

    cluster: Cluster
    port: int
    password: str

    def client(self, name: str, *args: str) -> Program:
        """A client program of this server. Its password is not among the arguments, which all users see."""
        env = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": SUPERUSER,
            "PGPASSWORD": self.password,
            "PGCONNECT_TIMEOUT": "10",
        }
        return self.cluster.command(name, *args, env=env)

    def ask(self, database: str, query: str) -> list[str]:
        """The rows of a query, as lines."""
        return program.output(self._psql(database, "--command", query)).splitlines()

    def _psql(self, database: str, *args: str) -> Program:
        quiet = ("--no-psqlrc", "--no-align", "--tuples-only", "--quiet", "--set", "ON_ERROR_STOP=1")
        return self.client("psql", *quiet, "--dbname", database, *args)

    def restore(self, database: str) -> Program:
        """Reads a script from stdin, all or nothing."""
        return self._psql(database, "--single-transaction", "--output", os.devnull)


def finish(data: Path) -> None:
    """Put the new cluster in place if an earlier launcher was killed between the two renames."""
    new = data.with_name(NEW)
    if not data.exists() and (new / MARK).exists():
        new.rename(data)


def mark(cluster: Cluster) -> None:
    """Note that this cluster knows Unicode's letters. In the cluster, so that a copy of it says so too."""
    (cluster.data / MARK).write_text("LC_CTYPE knows letters outside ASCII; see server/launch/postgres.\n")
    (cluster.data / MARK).chmod(0o644)  # pg_basebackup reads it as another user


def is_needed(cluster: Cluster) -> bool:
    """Whether the cluster's letters are only those of ASCII. No server may run on it."""
    if (cluster.data / MARK).exists():
        return False
    single = cluster.command("postgres", "--single", "-D", str(cluster.data), "template1")
    written = program.output(single, said=f"{CTYPE};\n")
    if any(f'datctype = "{name}"' in written for name in ASCII_ONLY):
        return True
    mark(cluster)
    return False


def carry_over(old: Cluster, password: Path, settings: Mapping[str, str]) -> None:
    """Copy everything into a new cluster, check it, and put it in the place of the old one.

    Raises LaunchError, after which the old cluster is as it was.
    """
    _require_programs(old)
    new = old.beside(NEW)
    new.remove()
    _require_room(old.data)
    kept = _unused(old.data.with_name(KEPT))
    say(
        "  The database of this directory was made by an earlier release, and its search finds only ASCII"
        " letters.\n  It is copied into a new one now; the old one is kept."
    )
    with step("database copied") as notes:
        try:
            new.make(password)
            given = {**settings, **COPYING}
            with (
                _running(old, password, {**given, **READ_ONLY}) as source,
                _running(new, password, given) as target,
            ):
                _copy(source, target)
        except BaseException:
            new.remove()
            raise
        mark(new)
        _sync(new.data)
        failpoints.hit("launch.copied")
        old.data.rename(kept)
        failpoints.hit("launch.set_aside")
        new.data.rename(old.data)
        _sync(old.data.parent)
        notes.append(f"the old one is {kept}: remove it when the new one is complete")


def _require_programs(cluster: Cluster) -> None:
    for name in ("pg_dump", "pg_dumpall", "psql", "vacuumdb"):
        if not (cluster.tools.directory / name).exists():
            raise LaunchError(
                f"the database in {cluster.data} must be copied, because its search finds only ASCII letters,"
                f" and {name} is missing in {cluster.tools.directory}: install the client programs of"
                f" PostgreSQL {cluster.tools.major}"
            )


def _require_room(data: Path) -> None:
    needed, free = _size(data) + ROOM, shutil.disk_usage(data).free
    if free < needed:
        raise LaunchError(
            f"the database in {data} must be copied, because its search finds only ASCII letters:"
            f" {needed // MEGABYTES} MB are needed for that and {free // MEGABYTES} MB are free"
        )


def _unused(path: Path) -> Path:
    """`path`, with a number if something of that name is there: nothing kept is ever overwritten."""
    number = 1
    found = path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found


@contextmanager
def _running(cluster: Cluster, password: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    port = ports.free()
    made = cluster.server(port, settings)
    process = program.start(made)
    try:
        program.wait_until_ready(made, process, cluster.ready, within=START_TIMEOUT)
        yield Server(cluster, port, password.read_text().strip())
    finally:
        program.stop(made, process)


def _copy(source: Server, target: Server) -> None:
    roles = program.output(source.client("pg_dumpall", "--roles-only"))
    program.output(target.restore("postgres"), said=_without_superuser(roles))
    there = set(target.ask("postgres", DATABASES))
    for name in source.ask("postgres", DATABASES):
        if name not in there:
            quoted = name.replace('"', '""')
            target.ask("postgres", f'CREATE DATABASE "{quoted}"')
        _copy_database(source, target, name)
        failpoints.hit("launch.copying")


def _without_superuser(roles: str) -> str:
    """initdb has made the superuser already; its properties are set all the same."""
    return "".join(line for line in roles.splitlines(keepends=True) if line != f"CREATE ROLE {SUPERUSER};\n")


def _copy_database(source: Server, target: Server, name: str) -> None:
    dump = source.client("pg_dump", "--format=plain", "--dbname", name)
    restore = target.restore(name)
    sending, receiving = program.pipe(dump, restore)
    try:
        _watch(name, source, target, sending, receiving)
    finally:
        program.stop(dump, sending)
        program.stop(restore, receiving)
    if sending.returncode != 0 or receiving.returncode != 0:
        raise LaunchError(
            f"the database could not be copied, the old one is unchanged; see {restore.log}:"
            f" {program.tail(restore.log)}"
        )
    program.output(target.client("vacuumdb", "--analyze-only", "--dbname", name))
    if _rows(source, name) != _rows(target, name):
        raise LaunchError(f"the copy of the database {name} differs from the old one, which is unchanged")


def _watch(name: str, source: Server, target: Server, *processes: Process) -> None:
    """Wait for both, and print from time to time how far they are."""
    whole = _size(source.cluster.data)
    said = grown = time.monotonic()
    size = 0
    while any(process.poll() is None for process in processes):
        time.sleep(0.05)
        now = time.monotonic()
        if now - said < PROGRESS_INTERVAL:
            continue
        said = now
        if (reached := _size(target.cluster.data)) != size:
            size, grown = reached, now
        if now - grown > STALL_TIMEOUT:
            raise LaunchError(f"copying the database {name} makes no progress; the old one is unchanged")
        say(f"  … {size // MEGABYTES} of about {whole // MEGABYTES} MB")


def _rows(server: Server, database: str) -> list[str]:
    """How many rows each table has, and where each sequence is."""
    queries = []
    for line in server.ask(database, RELATIONS):
        name, kind = line.rsplit("|", 1)
        label = name.replace("'", "''")
        value = "count(*)" if kind == "r" else "last_value"
        queries.append(" ".join(["SELECT", f"'{label}',", value, "FROM", name]))
    return sorted(server.ask(database, " UNION ALL ".join(queries))) if queries else []


def _size(data: Path) -> int:
    """Bytes of tables and indexes; files may vanish meanwhile."""
    size = 0
    for directory, _, names in os.walk(data / "base"):
        for name in names:
            try:
                size += (Path(directory) / name).stat().st_size
            except FileNotFoundError:
                continue
    return size


def _sync(directory: Path) -> None:
    """Make the names in it durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
