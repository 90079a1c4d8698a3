"""A log line names the error within a group."""

import logging

import pytest

from core.telemetry.log import Log, log


def test_an_exception_group_is_logged_as_its_first_error(caplog: pytest.LogCaptureFixture) -> None:
    inner = ExceptionGroup("Exceptions from Trio nursery", [ConnectionError("unknown CA")])
    with caplog.at_level(logging.WARNING, logger="parley"):
        log(Log.SUBSCRIPTION_LOST, level=logging.WARNING, error=ExceptionGroup("unhandled errors", [inner]))
    fields = caplog.records[0].fields  # type: ignore[attr-defined]
    assert fields["error"] == "ConnectionError"
    assert fields["reason"] == "unknown CA"
