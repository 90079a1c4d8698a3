"""A clone that lacks a release reports what is missing and what to do."""

import subprocess
from pathlib import Path

import pytest

from tests.releases.history import Release, missing, releases, take_out
from tests.stack import ROOT


def clone(directory: Path, *options: str) -> Path:
    words = ["git", "clone", "--quiet", "--bare", *options, f"file://{ROOT}", str(directory / "clone")]
    subprocess.run(words, check=True, capture_output=True)
    return directory / "clone"


def test_every_release_is_listed_once_with_its_full_commit_id() -> None:
    named = releases()
    assert named and len({release.version for release in named}) == len(named)
    assert all(len(release.commit) == 40 for release in named)


def test_a_shallow_clone_reports_how_to_get_the_history(tmp_path: Path) -> None:
    release = releases()[0]
    shallow = clone(tmp_path, "--depth", "1")
    why = missing(release._replace(commit="0" * 40), shallow)
    assert why is not None and "git fetch --unshallow" in why and release.version in why


def test_a_full_clone_without_the_release_says_to_fetch_or_to_correct_the_id(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    why = missing(Release("9.9.9", "0" * 40), tmp_path)
    assert why is not None and "9.9.9" in why and "git fetch, or correct the id" in why


def test_a_copy_without_git_history_says_so(tmp_path: Path) -> None:
    why = missing(releases()[0], tmp_path)
    assert why is not None and "is no git clone" in why


def test_a_missing_release_fails_the_test_with_that_explanation(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"release 9\.9\.9 \(commit 000000000000"):
        take_out(Release("9.9.9", "0" * 40), tmp_path / "out")
