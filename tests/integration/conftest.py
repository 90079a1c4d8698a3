"""What the integration tests of all areas share."""

from collections.abc import Iterator

import pytest

from tests.integration.core.core_fixture import CoreFixture


@pytest.fixture(autouse=True)
def connections_end() -> Iterator[None]:
    """With the test."""
    yield
    while CoreFixture.opened:
        CoreFixture.opened.pop().disconnect()
