"""Fixtures that give a test a release of the past."""

from pathlib import Path

import pytest

from tests.releases import history
from tests.releases.history import Release

*OLDER, LAST = history.releases()
# `make test` upgrades from the last release; from older ones, `make soak` does.
PARAMS = [LAST, *(pytest.param(release, marks=pytest.mark.soak) for release in OLDER)]


@pytest.fixture(scope="session", params=PARAMS, ids=lambda release: release.version)
def release(request: pytest.FixtureRequest) -> Release:
    """Which one."""
    chosen: Release = request.param
    return chosen


@pytest.fixture(scope="session")
def earlier(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with everything of the release; it runs in the environment of the present one."""
    return history.take_out(release, tmp_path_factory.mktemp("releases") / release.version)
