"""Reasons of errors: an operator reads the cause, not the class of an exception."""

import socket
import ssl

import pytest

from core.text import reasons


def raised(error: BaseException, *, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


def certificate() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (certificate(), "the certificate is not trusted: self-signed certificate"),
        (
            raised(ConnectionError("Unable to establish a connection"), cause=certificate()),
            "the certificate is not trusted: self-signed certificate",
        ),
        (
            raised(RuntimeError("no connection"), cause=ConnectionRefusedError(111, "Connection refused")),
            "Connection refused",
        ),
        (
            ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 5432)"),
            "Connection refused: Connect call failed ('127.0.0.1', 5432)",
        ),
        (
            socket.gaierror(-2, "Name or service not known"),
            "the host name cannot be resolved: Name or service not known",
        ),
        (RuntimeError(ConnectionResetError(104, "")), "Connection reset by peer"),
        (TimeoutError(), "no reply in time"),
        (ExceptionGroup("a nursery", [ExceptionGroup("another", [ValueError("no good")])]), "no good"),
        (ValueError("one line\nDETAIL: a row"), "one line"),
        (AssertionError(), "assertion error"),
        (raised(AssertionError(), cause=ValueError("the scheme is wrong")), "the scheme is wrong"),
        (ValueError("x" * 1000), "x" * reasons.MAX_LENGTH),
    ],
)
def test_the_cause_is_named(error: BaseException, cause: str) -> None:
    assert reasons.said(error) == cause


def test_a_suppressed_cause_is_not_named() -> None:
    error = ValueError("a bad answer")
    error.__context__, error.__suppress_context__ = (
        ConnectionResetError(104, "Connection reset by peer"),
        True,
    )
    assert reasons.said(error) == "a bad answer"


def test_a_cycle_of_causes_ends() -> None:
    one, two = ValueError(), ValueError()
    one.__cause__, two.__cause__ = two, one
    assert reasons.said(one) == "value error"
