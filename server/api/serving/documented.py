"""What the OpenAPI document says about the headers that every route has in common."""

from typing import Any, Final

from server.api.http import preconditions
from server.api.http.routes import Route
from server.api.serving import etags, idempotency, rate_limit_headers

TEXT: Final = {"type": "string"}
COMPONENTS: Final[dict[str, Any]] = {
    "RateLimitPolicy": {
        "description": 'What the route allows: `"name";q=requests;w=seconds`.',
        "schema": TEXT,
        "example": '"list_members";q=600;w=60',
    },
    "RateLimit": {
        "description": 'What is left: `"name";r=requests;t=seconds until there are more`.',
        "schema": TEXT,
        "example": '"list_members";r=599;t=42',
    },
    "RetryAfter": {
        "description": "Seconds to wait.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 2,
    },
    "ETag": {
        "description": "Send it in `If-None-Match` of the next GET, or in `If-Match` of a change.",
        "schema": TEXT,
        "example": '"7-9f2c51b0aa3e"',
    },
    "IdempotencyReplayed": {
        "description": "`true`: the answer of an earlier request with this `Idempotency-Key`.",
        "schema": {"type": "string", "const": "true"},
        "example": "true",
    },
}
KEY: Final[dict[str, Any]] = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": (
        "Makes it harmless to send the request again: for 24 hours the same key gets the first answer. "
        "Another request with the same key is `key_reused`; while the first one runs it is `key_in_use`."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}
IF_MATCH: Final[dict[str, Any]] = {
    "name": preconditions.HEADER,
    "in": "header",
    "required": False,
    "description": "The `ETag` that you have loaded: 412 if the version has changed since.",
    "schema": {"type": "string", "pattern": r'^(\*|"[0-9]{1,10}(-[0-9a-z-]*)?")$'},
    "example": '"7-9f2c51b0aa3e"',
}
IF_NONE_MATCH: Final[dict[str, Any]] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` that you have: 304 without a body if it is still the same.",
    "schema": {"type": "string", "pattern": '^(W/)?"[!#-~]*"$'},
    "example": '"7-9f2c51b0aa3e"',
}


def parameters(route: Route) -> list[dict[str, Any]]:
    """The request headers that the route takes."""
    made = [KEY] if route.takes_key else []
    if route.takes_if_match:
        made.append(IF_MATCH)
    if route.method == "GET" and etags.has_tag(route):
        made.append(IF_NONE_MATCH)
    return made


def problem_codes(route: Route) -> list[str]:
    """The problems of those headers."""
    codes = ["bad_request", "key_in_use", "answer_lost", "key_reused"] if route.takes_key else []
    return [*codes, "bad_request", "precondition_failed"] if route.takes_if_match else codes


def describe(route: Route, responses: dict[str, Any]) -> None:
    """Add the headers of each response, and 304."""
    tagged = etags.has_tag(route)
    if tagged and route.method == "GET":
        responses["304"] = {"description": "The same as `If-None-Match` says"}
    for status, response in responses.items():
        headers: dict[str, Any] = {}
        if route.limit.times:
            headers[rate_limit_headers.POLICY] = _component("RateLimitPolicy")
            headers[rate_limit_headers.LEFT] = _component("RateLimit")
        if tagged and status < "4":
            headers["ETag"] = _component("ETag")
        if route.takes_key and status < "5":
            headers[idempotency.REPLAYED] = _component("IdempotencyReplayed")
        if status in {"409", "429", "503"}:
            headers["Retry-After"] = _component("RetryAfter")
        if headers:
            response["headers"] = headers


def _component(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}
