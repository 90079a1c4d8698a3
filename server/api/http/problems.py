"""What the API answers when it cannot do what was asked: RFC 9457 problems, each with a stable code."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec
import trio
from quart import Response

from core.bus.connection import UNAVAILABLE as REDIS_UNAVAILABLE
from core.errors import Refusal
from core.telemetry.log import trace
from server.api.services.rate_limiter import RateLimited
from server.batcher import TooMany
from server.pool import UNAVAILABLE as DATABASE_UNAVAILABLE

MEDIA_TYPE: Final = "application/problem+json"


class Problem(msgspec.Struct, frozen=True):
    """The body of every answer from 400 on. Branch on `code`: it never changes; the texts may.

    `trace` names the request in the server's log, as the header X-Request-ID does.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list["FieldError"] | msgspec.UnsetType = msgspec.UNSET
    trace: str | msgspec.UnsetType = msgspec.UNSET


class FieldError(msgspec.Struct, frozen=True):
    """What does not fit in one field of a body. Branch on `code`."""

    field: str
    code: str
    detail: str


class Kind(msgspec.Struct, frozen=True):
    """One entry of the catalogue."""

    status: int
    title: str
    detail: str


# One 404 for what is absent, what belongs to somebody else and what never was a route: the three must not be
# told apart, so nothing may add to this text.
CATALOGUE: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "bad_request": Kind(400, "Bad request", "The request could not be understood."),
        "unauthenticated": Kind(401, "Not signed in", "Send a valid access token."),
        "bad_credentials": Kind(401, "Sign-in failed", "The e-mail address or the password is wrong."),
        "expired": Kind(401, "Sign-in expired", "Refresh the access token."),
        "invalid_token": Kind(400, "Link not valid", "The link was used, has expired, or was never valid."),
        "password_needed": Kind(403, "Password needed", "Enter the password of the account."),
        "already_confirmed": Kind(409, "Confirmed already", "This address is confirmed: sign in."),
        "wrong_password": Kind(403, "Wrong password", "The current password is wrong."),
        "sign_in_again": Kind(
            403,
            "Sign in again",
            "Your account has no password to ask for: sign in again, and do this within ten minutes.",
        ),
        "wrong_code": Kind(403, "Wrong code", "The code is wrong, or was used already."),
        "sign_in_failed": Kind(
            400, "Sign-in failed", "The sign-in at the provider did not work; begin anew."
        ),
        "provider_unverified": Kind(
            403, "Not verified", "The provider does not vouch for your e-mail address."
        ),
        "unverified": Kind(
            403, "Not verified", "Confirm your e-mail address first; the mail can be sent again."
        ),
        "inactive": Kind(403, "Not active", "This account was deactivated or suspended; ask an admin."),
        "registration_closed": Kind(403, "By invitation", "New accounts need an invitation here."),
        "forbidden": Kind(403, "Not allowed", "Your role does not allow this."),
        "origin": Kind(403, "Origin not allowed", "This page is not one of the project's domains."),
        "not_found": Kind(404, "Not found", "There is nothing here."),
        "method": Kind(405, "Method not allowed", "This address does not know that method."),
        "conflict": Kind(409, "Conflict", "This ref was already used for another text."),
        "identity_taken": Kind(409, "Taken", "This identity belongs to another account."),
        "link_first": Kind(
            409,
            "Not linked",
            "The address of this account changed lately: sign in with its password, then link the provider.",
        ),
        "last_way_in": Kind(409, "Last way in", "Set a password first: there is no other way to sign in."),
        "other_address": Kind(
            403, "Other address", "The invitation was mailed to another address than yours."
        ),
        "wrong_name": Kind(403, "Wrong name", "Type the project's name to delete it."),
        "stale": Kind(409, "Stale", "Somebody changed this since you loaded it; load it again."),
        "already_member": Kind(409, "Already a member", "Somebody of that address works in the project."),
        "already_invited": Kind(
            409, "Already invited", "An invitation to that address is open; send it again."
        ),
        "too_many": Kind(409, "Too many", "There are as many as there may be."),
        "last_manager": Kind(409, "Last manager", "A project must keep a manager: appoint another first."),
        "closed": Kind(409, "Closed", "The conversation has ended."),
        "too_large": Kind(413, "Too large", "The body is larger than 64 KiB."),
        "media_type": Kind(415, "Unsupported media type", "Send application/json."),
        "invalid": Kind(422, "Invalid", "A field is missing, unknown, or does not fit."),
        "rate_limited": Kind(429, "Too many requests", "Wait before you try again."),
        "internal": Kind(500, "Internal error", "Something went wrong here; it was logged."),
        "unavailable": Kind(503, "Unavailable", "A server behind this one is away; try again."),
    }
)

_REFUSALS: Final[Mapping[Refusal, str]] = MappingProxyType(
    {
        Refusal.NOT_FOUND: "not_found",
        Refusal.CONFLICT: "conflict",
        Refusal.FORBIDDEN: "forbidden",
        Refusal.CLOSED: "closed",
        Refusal.INVALID: "invalid",
    }
)


class ApiError(Exception):
    """Ends a request with the problem `code`; `retry` in seconds becomes Retry-After."""

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        retry: float | None = None,
        errors: Sequence[FieldError] = (),
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.retry = retry
        self.errors = errors


OUTAGES: Final = (*DATABASE_UNAVAILABLE, *REDIS_UNAVAILABLE, trio.TooSlowError, TooMany)
RETRY: Final = 2.0  # seconds
# What a route may raise and its caller may learn; everything else is our own fault.
EXPECTED: Final = (ApiError, RateLimited, *OUTAGES)


def of(error: Exception) -> ApiError:
    """The problem that the caller gets for what a route raised."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, RateLimited):
        return ApiError("rate_limited", error.detail, retry=error.retry)
    return ApiError("unavailable", retry=RETRY) if isinstance(error, OUTAGES) else ApiError("internal")


def code_and_status(error: Exception) -> tuple[str, int]:
    """The same, for the audit log."""
    code = of(error).code
    return code, CATALOGUE[code].status


def unfit(field: str, code: str, detail: str) -> ApiError:
    """The problem `invalid` of one field, in a sentence for a person."""
    return ApiError("invalid", detail, errors=[FieldError(field, code, detail)])


def refused(reason: Refusal) -> ApiError:
    """The problem for a command that the core refused."""
    return ApiError(_REFUSALS[reason])


def problem(code: str, detail: str | None = None, *, errors: Sequence[FieldError] = ()) -> Problem:
    """The document of one entry of the catalogue."""
    kind = CATALOGUE[code]
    return Problem(
        type=f"urn:parley:problem:{code}",
        title=kind.title,
        status=kind.status,
        detail=detail or kind.detail,
        code=code,
        errors=list(errors) or msgspec.UNSET,
        trace=trace.get() or msgspec.UNSET,
    )


def response(
    code: str,
    detail: str | None = None,
    *,
    retry: float | None = None,
    errors: Sequence[FieldError] = (),
) -> Response:
    """The HTTP answer of one problem."""
    body = problem(code, detail, errors=errors)
    made = Response(msgspec.json.encode(body), body.status, content_type=MEDIA_TYPE)
    made.headers["Cache-Control"] = "no-store"
    if retry is not None:
        made.headers["Retry-After"] = str(max(1, math.ceil(retry)))
    if body.status == 401:
        made.headers["WWW-Authenticate"] = "Bearer"
    return made
