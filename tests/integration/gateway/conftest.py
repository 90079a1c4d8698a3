"""Fixtures for every test of the gateway."""

import pytest

from server.gateway import connection


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our raw clients do not answer a close: waiting for their answer would only cost time."""
    monkeypatch.setattr(connection, "CLOSE_TIMEOUT", 0.1)
