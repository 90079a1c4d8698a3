"""The migrations of a release stay as they were: its databases have their checksums."""

import re
from pathlib import Path

from migrations import files
from tests.releases import history


def without_comments(sql: str) -> list[str]:
    return re.sub(r"--[^\n]*", "", sql).split()


def test_no_migration_of_any_release_was_edited_removed_or_preceded(tmp_path: Path) -> None:
    present = {migration.name: migration for migration in files.found()}
    for release in history.releases():
        were = files.found(history.take_out(release, tmp_path / release.version) / "migrations")
        assert [*present][: len(were)] == [was.name for was in were], "a new migration has a higher number"
        for was in were:
            assert present[was.name].has_had(was.checksum), (
                f"{was.name} is another one than in {release.version}"
            )
            assert without_comments(present[was.name].sql) == without_comments(was.sql)
