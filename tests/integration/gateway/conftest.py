"""Fixtures for every test of the gateway."""

from typing import Any

import pytest

from server.gateway import connection
from server.windows import Windows


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our raw clients do not answer a close: waiting for their answer would only cost time."""
    monkeypatch.setattr(connection, "CLOSE_TIMEOUT", 0.1)


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits per minute see a single moment: no minute passes within a test, however slow the machine is."""

    def at_one_moment(real: Any) -> Any:
        return lambda windows, key, _now, **given: real(windows, key, 30.0, **given)

    for name in ("take", "wait", "give_back"):
        monkeypatch.setattr(Windows, name, at_one_moment(getattr(Windows, name)))
