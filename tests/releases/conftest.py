"""The fixture that checks out an earlier release."""

from pathlib import Path

import pytest

from tests.releases import history


@pytest.fixture(scope="session", params=history.releases(), ids=lambda release: release.version)
def earlier(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with all files of an earlier release; it runs in the environment of the present one."""
    return history.take_out(request.param, tmp_path_factory.mktemp("releases") / request.param.version)
