"""The API's errors: RFC 9457 problem documents, each with a stable code."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec
import trio
from quart import Response

from core.bus.connection import UNAVAILABLE as REDIS_UNAVAILABLE
from core.errors import DomainError, InvalidField, Refusal
from core.telemetry.log import trace
from server.api.services.rate_limiter import RateLimited
from server.batcher import TooMany
from server.pool import UNAVAILABLE as DATABASE_UNAVAILABLE

MEDIA_TYPE: Final = "application/problem+json"


class Problem(msgspec.Struct, frozen=True):
    """The body of every response with a status from 400. Branch on `code`: it is stable; texts may change.

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
    """The error of one field of a body or a query. Branch on `code`."""

    field: str
    code: str
    detail: str


class Kind(msgspec.Struct, frozen=True):
    """One entry of the catalogue."""

    status: int
    title: str
    detail: str


# One 404 for a missing entity, for another customer's entity and for an unknown route: callers must not be
# able to distinguish the three, so no route may extend this text.
CATALOGUE: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "bad_request": Kind(400, "Bad request", "The request is malformed."),
        "unauthenticated": Kind(401, "Not signed in", "Send a valid access token."),
        "bad_credentials": Kind(401, "Sign-in failed", "The email address or the password is wrong."),
        "expired": Kind(401, "Sign-in expired", "The access token has expired. Refresh it."),
        "invalid_token": Kind(
            400,
            "Link not valid",
            "The link was already used, has expired, or is not valid. Request a new one.",
        ),
        "password_needed": Kind(403, "Password needed", "Enter the password of the account."),
        "already_confirmed": Kind(409, "Already confirmed", "This address is already confirmed. Sign in."),
        "wrong_password": Kind(403, "Wrong password", "The current password is wrong."),
        "sign_in_again": Kind(
            403,
            "Sign in again",
            "Your account has no password. Sign in again, and repeat this within ten minutes.",
        ),
        "wrong_code": Kind(403, "Wrong code", "The code is wrong or was already used. Enter another one."),
        "sign_in_failed": Kind(400, "Sign-in failed", "The sign-in with the provider failed. Start again."),
        "provider_unverified": Kind(
            403, "Not verified", "The provider has not verified your email address. Verify it there first."
        ),
        "unverified": Kind(
            403, "Not verified", "Confirm your email address first. You can request the email again."
        ),
        "inactive": Kind(
            403, "Not active", "This account is deactivated or suspended. Ask an administrator."
        ),
        "registration_closed": Kind(403, "Invitation required", "You need an invitation to register here."),
        "forbidden": Kind(403, "Not allowed", "Your role does not allow this."),
        "origin": Kind(
            403, "Origin not allowed", "The origin of this page is not among the project's domains."
        ),
        "not_found": Kind(404, "Not found", "There is nothing at this address."),
        "method": Kind(405, "Method not allowed", "This address does not support that method."),
        "conflict": Kind(409, "Conflict", "This ref was already used for another text."),
        "identity_taken": Kind(409, "Identity taken", "This identity is linked to another account."),
        "link_first": Kind(
            409,
            "Not linked",
            "The address of this account has changed recently. Sign in with its password, "
            "then link the provider.",
        ),
        "last_way_in": Kind(
            409, "Last sign-in method", "This is your only way to sign in. Set a password first."
        ),
        "other_address": Kind(
            403, "Other address", "The invitation was sent to another address. Sign in with that address."
        ),
        "wrong_name": Kind(403, "Wrong name", "Enter the project's name to delete it."),
        "stale": Kind(409, "Stale", "This was changed after you loaded it. Load it again."),
        "already_member": Kind(409, "Already a member", "This person is already a member."),
        "already_invited": Kind(
            409, "Already invited", "This address already has a pending invitation. You can resend it."
        ),
        "too_many": Kind(409, "Too many", "The limit for this project has been reached."),
        "last_manager": Kind(
            409, "Last manager", "A project needs a manager. Make another member a manager first."
        ),
        "blocked": Kind(
            409, "Blocked", "This visitor is blocked, or writes from a blocked address. Unblock them first."
        ),
        "closed": Kind(
            409,
            "Conversation ended",
            "This conversation has ended. Reopen it, or write in the visitor's newer conversation.",
        ),
        "webhook_off": Kind(409, "Webhook off", "This webhook is switched off. Switch it on first."),
        "no_page": Kind(
            409,
            "No page",
            "It is not known which page of the project's domains this visitor looks at.",
        ),
        "page_unreachable": Kind(502, "Page unreachable", "A stranger cannot reach the visitor's page."),
        "page_too_slow": Kind(502, "Page too slow", "The visitor's page was not shown within 15 seconds."),
        "page_not_shown": Kind(502, "Page not shown", "The visitor's page cannot be shown as a picture."),
        "page_crashed": Kind(502, "Page crashed", "The browser ended while it opened the visitor's page."),
        "screenshots_off": Kind(
            503, "No screenshots", "No worker of this installation can take screenshots."
        ),
        "screenshots_busy": Kind(
            503, "Busy", "Too many screenshots are being taken. Try again in a few seconds."
        ),
        "key_in_use": Kind(
            409,
            "Key in use",
            "The first request with this Idempotency-Key is not finished. Wait.",
        ),
        "answer_lost": Kind(
            409,
            "Answer lost",
            "The first request with this Idempotency-Key took effect, but its answer was lost. "
            "Load what it changed.",
        ),
        "key_reused": Kind(
            422, "Key reused", "This Idempotency-Key was sent with another request. Choose a new one."
        ),
        "precondition_failed": Kind(
            412, "Precondition failed", "This was changed after the version in If-Match. Load it again."
        ),
        "attachments_off": Kind(403, "Attachments off", "Files cannot be attached in this project."),
        "storage_full": Kind(409, "Storage full", "The storage quota of this project is used up."),
        "too_many_uploads": Kind(
            409,
            "Too many uploads",
            "Too many uploaded files are waiting to be sent. Send them first.",
        ),
        "upload_running": Kind(
            409, "Upload running", "This file is being uploaded. Wait until that has ended."
        ),
        "attachment_refused": Kind(
            409,
            "Attachment refused",
            "A file has expired, was not accepted, is not yours, or was sent already. Upload it again.",
        ),
        "form_open": Kind(
            409, "Form open", "The visitor has not answered the last form yet. Cancel it to send another one."
        ),
        "form_disabled": Kind(409, "Form disabled", "This form is disabled. Enable it to use it."),
        "form_answered": Kind(409, "Form answered", "The visitor has answered this form already."),
        "form_expired": Kind(409, "Form expired", "The time to answer this form is over."),
        "form_cancelled": Kind(409, "Form cancelled", "This form was cancelled."),
        "too_slow": Kind(408, "Too slow", "The body was not sent in time. Send it again."),
        "too_large": Kind(413, "Too large", "The limit for a body is 64 KiB."),
        "media_type": Kind(415, "Unsupported media type", "Send application/json."),
        "invalid": Kind(422, "Invalid", "A field is missing, unknown or not valid."),
        "rate_limited": Kind(429, "Too many requests", "Too many requests. Wait before you try again."),
        "internal": Kind(
            500, "Internal error", "Something went wrong on this server. It was logged; try again later."
        ),
        "unavailable": Kind(
            503, "Unavailable", "A service is temporarily unavailable. Try again in a moment."
        ),
    }
)

_REFUSALS: Final[Mapping[Refusal, str]] = MappingProxyType(
    {
        Refusal.NOT_FOUND: "not_found",
        Refusal.CONFLICT: "conflict",
        Refusal.FORBIDDEN: "forbidden",
        Refusal.CLOSED: "closed",
        Refusal.BLOCKED: "blocked",
        Refusal.INVALID: "invalid",
        Refusal.STALE: "stale",
        Refusal.ATTACHMENT: "attachment_refused",
        Refusal.FORM_OPEN: "form_open",
        Refusal.FORM_DISABLED: "form_disabled",
        Refusal.FORM_ANSWERED: "form_answered",
        Refusal.FORM_EXPIRED: "form_expired",
        Refusal.FORM_CANCELLED: "form_cancelled",
    }
)


_FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "required": "This field is required.",
        "too_long": "Shorten this text.",
        "not_a_number": "Enter a number.",
        "not_a_date": "Enter a date.",
        "not_an_option": "Choose one of the options.",
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
# Errors of a route that its caller gets as a problem of their own; all others are `internal`.
EXPECTED: Final = (ApiError, DomainError, RateLimited, *OUTAGES)


def of(error: Exception) -> ApiError:
    """The problem that the caller gets for an exception of a route."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, InvalidField):
        return unfit(error.field, error.fault, error.sentence)
    if isinstance(error, DomainError):
        return ApiError(error.code, error.detail)
    if isinstance(error, RateLimited):
        return ApiError("rate_limited", error.detail, retry=error.retry)
    return ApiError("unavailable", retry=RETRY) if isinstance(error, OUTAGES) else ApiError("internal")


def code_and_status(error: Exception) -> tuple[str, int]:
    """The code and the HTTP status of that problem, for the audit log."""
    code = of(error).code
    return code, CATALOGUE[code].status


def unfit(field: str, code: str, detail: str) -> ApiError:
    """The problem `invalid` for one field, with a sentence for people."""
    return ApiError("invalid", detail, errors=[FieldError(field, code, detail)])


def refused(reason: Refusal, faults: Mapping[str, str] | None = None) -> ApiError:
    """The problem for a command that the core refused. `faults`: codes of a form's values, by their keys."""
    errors = [FieldError(f"values.{key}", code, _FAULTS[code]) for key, code in (faults or {}).items()]
    return ApiError(_REFUSALS[reason], errors=errors)


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
    """The HTTP response for one problem."""
    body = problem(code, detail, errors=errors)
    made = Response(msgspec.json.encode(body), body.status, content_type=MEDIA_TYPE)
    made.headers["Cache-Control"] = "no-store"
    if retry is not None:
        made.headers["Retry-After"] = str(max(1, math.ceil(retry)))
    if body.status == 401:
        made.headers["WWW-Authenticate"] = "Bearer"
    return made
