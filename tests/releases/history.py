"""Extracts earlier releases from this repository's history into separate directories."""

import subprocess
import tomllib
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.stack import ROOT

FILE: Final = ROOT / "tests/releases.toml"


class Release(NamedTuple):
    """One entry of releases.toml."""

    version: str
    commit: str
    since_read: frozenset[str] = frozenset()  # names of frames that it refuses and the present code reads


def releases() -> list[Release]:
    """All that the file names, oldest first."""
    given = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return [
        Release(entry["version"], entry["commit"], frozenset(entry.get("since_read", ())))
        for entry in given["release"]
    ]


def missing(release: Release, repository: Path = ROOT) -> str | None:
    """Why the release cannot be extracted from the history, as a sentence; None if it can."""
    name = f"release {release.version} (commit {release.commit[:12]}, named in {FILE.name})"
    if _git(repository, "rev-parse", "--git-dir").returncode != 0:
        return f"{name} cannot be tested: {repository} is no git clone, so it has no history"
    if _git(repository, "cat-file", "-e", f"{release.commit}^{{commit}}").returncode == 0:
        return None
    if _git(repository, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
        return f"{name} is not in this shallow clone: run git fetch --unshallow"
    return f"{name} is not in this clone: run git fetch, or correct the id"


def take_out(release: Release, directory: Path) -> Path:
    """Extract the release below `directory`; fails the test with an explanation if it is missing."""
    if (why := missing(release)) is not None:
        pytest.fail(why, pytrace=False)
    archive = _git(ROOT, "archive", "--format=tar", release.commit)
    assert archive.returncode == 0, archive.stderr.decode()
    directory.mkdir(parents=True)
    subprocess.run(["tar", "-x", "-C", directory], input=archive.stdout, check=True)
    return directory


def _git(repository: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", repository, *words], capture_output=True, check=False)
