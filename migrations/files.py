"""Reads the numbered migrations, in order: NNNN_{pre,post}_what.sql, each with its checksum."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

HERE = Path(__file__).parent
NAME = re.compile(r"^(\d{4})_(pre|post)_[a-z0-9_]+\.sql$")


# Checksums of a file in earlier releases, whose comments alone were other ones. A file that a release has is
# never edited; tests/releases compares.
EARLIER: Final[Mapping[str, frozenset[str]]] = {
    "0002_pre_identity.sql": frozenset(
        {"7201b9ca791c1df0b4b385b4f28354982ff86880f9883ab37a5f47327cb8b185"}
    ),  # 0.1.0
}


class MigrationError(Exception):
    """The schema cannot be migrated; the text says why in one sentence."""


class Migration(msgspec.Struct, frozen=True):
    """One migration. `pre` adds what old code can ignore, `post` removes what no running code uses."""

    name: str
    sql: str
    checksum: str  # sha-256, hex

    def has_had(self, checksum: str) -> bool:
        """Whether that is the checksum of the file, now or in an earlier release."""
        return checksum == self.checksum or checksum in EARLIER.get(self.name, ())


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
