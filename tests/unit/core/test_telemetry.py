"""A log line says what went wrong, also of groups and of errors that only wrap another."""

import logging

import pytest

from core.telemetry import Log, log, why


def wrapped() -> Exception:
    try:
        try:
            raise OSError("certificate verify failed: unknown CA")
        except OSError as cause:
            raise ConnectionError("Unable to establish a connection") from cause
    except ConnectionError as error:
        return error


def test_the_cause_is_told_with_the_error() -> None:
    assert why(wrapped()) == "Unable to establish a connection: certificate verify failed: unknown CA"
    assert why(ValueError()) == "ValueError"


def test_a_group_is_told_as_the_first_error_in_it(caplog: pytest.LogCaptureFixture) -> None:
    inner = ExceptionGroup("Exceptions from Trio nursery", [wrapped()])
    with caplog.at_level(logging.WARNING, logger="parley"):
        log(Log.ROOM_LOST, level=logging.WARNING, error=ExceptionGroup("unhandled errors", [inner]))
    fields = caplog.records[0].fields  # type: ignore[attr-defined]
    assert fields["error"] == "ConnectionError"
    assert fields["reason"].endswith("unknown CA")
