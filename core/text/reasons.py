"""Why something failed, in words for an operator: the root cause, not the class of an exception."""

import os
import re
import socket
import ssl
from typing import Final

DEEPEST: Final = 10  # causes followed
MAX_LENGTH: Final = 300  # characters
_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def said(error: BaseException) -> str:
    """One line. Finds the system's own reason (certificate, host name, connection) below wrapping errors."""
    chain = _causes(error)
    reason = next((text for cause in chain if (text := _known(cause))), None)
    reason = reason or next((text for cause in chain if (text := _first_line(cause))), None)
    return (reason or _WORDS.sub(" ", type(chain[0]).__name__).lower())[:MAX_LENGTH]


def _causes(error: BaseException) -> list[BaseException]:
    """The error and its causes; of a group the first error."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain and len(chain) < DEEPEST:
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
            continue
        chain.append(cause)
        cause = (
            cause.__cause__ or _wrapped(cause) or (None if cause.__suppress_context__ else cause.__context__)
        )
    return chain


def _wrapped(error: BaseException) -> BaseException | None:
    """The error that an error of httpcore wraps."""
    return next((one for one in error.args if isinstance(one, BaseException)), None)


def _known(cause: BaseException) -> str | None:
    """The sentence for the system's own reason of a failed connection."""
    match cause:
        case ssl.SSLCertVerificationError():
            return f"the certificate is not trusted: {cause.verify_message}"
        case ssl.SSLError():
            return f"TLS failed: {cause.reason or cause}"
        case socket.gaierror():
            return f"the host name cannot be resolved: {cause.strerror}"
        case OSError() if cause.errno is not None and cause.errno > 0:
            given = str(cause.strerror or "")
            plain = os.strerror(cause.errno)
            return plain if given in {"", plain} else f"{plain}: {given}"
        case _:
            return None


def _first_line(cause: BaseException) -> str:
    if isinstance(cause, TimeoutError):
        return "no reply in time"
    return str(cause).strip().partition("\n")[0]
