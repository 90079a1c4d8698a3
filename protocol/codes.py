"""Error codes and close codes of the wire. Never reused, never renumbered."""

from enum import IntEnum


class ErrorCode(IntEnum):
    """The `code` of an `error` frame; whether it is temporary is in TEMPORARY."""

    INTERNAL = 100
    UNAUTHENTICATED = 101
    EXPIRED = 102
    FORBIDDEN = 103
    NOT_FOUND = 104
    BAD_FRAME = 105
    TOO_LARGE = 106
    RATE_LIMITED = 107
    CLOSED = 108
    BLOCKED = 109
    ATTACHMENT_REFUSED = 110
    STALE_VERSION = 111
    CONFLICT = 112  # the ref was already used for another text
    BUSY = 113
    UNSUPPORTED = 114
    FORM_EXPIRED = 115
    FORM_CANCELLED = 116
    FORM_ANSWERED = 117


TEMPORARY = frozenset({ErrorCode.INTERNAL, ErrorCode.RATE_LIMITED, ErrorCode.BUSY})


class CloseCode(IntEnum):
    """4000-4499: reconnect. 4500-4999: do not. The 1000s are RFC 6455's."""

    NORMAL = 1000
    PROTOCOL = 1002
    UNSUPPORTED_DATA = 1003
    INVALID_DATA = 1007
    POLICY = 1008
    TOO_BIG = 1009
    INTERNAL = 1011
    RESTART = 4000
    NO_PONG = 4001
    SLOW = 4002
    HELLO_TIMEOUT = 4004
    RATE_LIMIT = 4008
    CREDENTIAL_EXPIRED = 4009
    TOO_MANY_SOCKETS = 4010
    BAD_CREDENTIAL = 4500
    PROTOCOL_ERROR = 4501
    ORIGIN = 4502
    BLOCKED = 4503
    PROJECT_DISABLED = 4504
    VERSION = 4505
    LOGGED_OUT = 4506


def come_back(code: int) -> bool:
    """Whether a client closed with `code` should reconnect."""
    return not 4500 <= code <= 4999
