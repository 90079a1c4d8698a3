"""The errors of the core, and the stable reasons of refusals that callers translate."""

from enum import StrEnum
from typing import Final, Literal

import msgspec

UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)
"""What the decoders of commands, events and signals raise for bytes that this release cannot read."""


class Refusal(StrEnum):
    """Why a command was refused. Gateways and the API map it to their own codes."""

    NOT_FOUND = "not_found"
    CONFLICT = "conflict"  # the ref was already used for another text
    FORBIDDEN = "forbidden"
    CLOSED = "closed"
    BLOCKED = "blocked"  # agents do not see what the visitor writes, so they cannot answer
    INVALID = "invalid"
    STALE = "stale"  # it was changed after the version that the command names
    TOO_MANY = "too_many"  # questions to the copilot wait already
    ATTACHMENT = "attachment_refused"  # a file is gone, foreign, not examined, or used already
    FORM_OPEN = "form_open"  # the conversation has an open form
    FORM_DISABLED = "form_disabled"
    FORM_ANSWERED = "form_answered"
    FORM_EXPIRED = "form_expired"
    FORM_CANCELLED = "form_cancelled"


class CoreError(Exception):
    """The root of what the core raises."""


class Poison(CoreError):
    """Bytes in the stream that are not a command."""


class LaterCommand(CoreError):
    """A command of a later release, which this one does not know."""


class Busy(CoreError):
    """At capacity, or Redis is unavailable: retry after `retry` seconds."""

    def __init__(self, reason: str, *, retry: float = 2.0) -> None:
        super().__init__(reason)
        self.retry = retry


DomainCode = Literal[
    "already_confirmed",
    "already_invited",
    "already_member",
    "bad_credentials",
    "conflict",
    "expired",
    "forbidden",
    "identity_taken",
    "inactive",
    "invalid",
    "invalid_token",
    "last_manager",
    "last_way_in",
    "link_first",
    "not_found",
    "other_address",
    "provider_unverified",
    "registration_closed",
    "sign_in_again",
    "sign_in_failed",
    "stale",
    "too_many",
    "unauthenticated",
    "unverified",
    "wrong_code",
    "wrong_name",
    "wrong_password",
]
"""Why a change of an account or a project was refused; the API's problem documents have the same codes."""


class DomainError(CoreError):
    """A rule refuses the change: the caller's transaction must be rolled back.

    `code` is stable. `detail` is a sentence for people, where there is more to say than the code does.
    """

    def __init__(self, code: DomainCode, detail: str | None = None) -> None:
        super().__init__(detail or code.replace("_", " "))
        self.code: DomainCode = code
        self.detail = detail


class InvalidField(DomainError):
    """A given value is not valid: `field` is its name, `fault` is stable."""

    def __init__(self, field: str, fault: str, detail: str) -> None:
        super().__init__("invalid", detail)
        self.field = field
        self.fault = fault
        self.sentence = detail
