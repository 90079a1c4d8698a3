"""Reads the numbered migrations, in order: NNNN_{pre,post}_what.sql, each with its checksum."""

import hashlib
import re
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
NAME = re.compile(r"^(\d{4})_(pre|post)_[a-z0-9_]+\.sql$")


class MigrationError(Exception):
    """The schema cannot be migrated; the text says why in one sentence."""


class Migration(msgspec.Struct, frozen=True):
    """One migration. `pre` adds what old code can ignore, `post` removes what no running code uses."""

    name: str
    sql: str
    checksum: str  # sha-256, hex


def found(folder: Path = HERE) -> list[Migration]:
    """All migrations of `folder`, oldest first; raises MigrationError for an invalid file name."""
    made = [_read(path) for path in sorted(folder.glob("*.sql")) if path.name != "schema.sql"]
    numbers = [migration.name[:4] for migration in made]
    if twice := {number for number in numbers if numbers.count(number) > 1}:
        raise MigrationError(f"two migrations have the number {min(twice)}")
    return made


def schema(folder: Path = HERE) -> str:
    """schema.sql: the schema that all migrations together must give."""
    return (folder / "schema.sql").read_text("utf-8")


def _read(path: Path) -> Migration:
    if not NAME.match(path.name):
        raise MigrationError(f"{path.name} must be named NNNN_pre_what.sql or NNNN_post_what.sql")
    sql = path.read_text("utf-8")
    return Migration(path.name, sql, hashlib.sha256(sql.encode()).hexdigest())
