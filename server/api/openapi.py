"""The OpenAPI document, generated from the route registry and the schemas, so it always matches the code."""

import re
from http import HTTPStatus
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

import msgspec
import orjson
from quart import Response

from server.api.ecma import with_ecma_patterns
from server.api.examples import example
from server.api.http import cookies, problems
from server.api.http.calls import Access, Call
from server.api.http.problems import Problem
from server.api.http.routes import ROOT, Route, Routes
from server.api.http.streams import Stream
from server.api.pages import representations
from server.api.services.rate_limiter import SOMETIMES
from server.api.serving import documented
from server.api.webhooks.examples import EVENTS, payload

routes = Routes("openapi", "This document.")
VERSION: Final = "3.1.0"
TEMPLATE: Final = "#/components/schemas/{name}"
WORD: Final = "^[a-z0-9_-]{1,30}$"
_FILES: Final = (Response, Stream)
MEDIA: Final = {"json": "application/json", "csv": "text/csv"}
SECURITY: Final[dict[Access, list[dict[str, list[str]]]]] = {
    Access.PUBLIC: [],
    Access.PAGE: [],
    Access.VISITOR: [{"visitor": []}],
    Access.COOKIE: [{"refresh": []}],
    Access.SIGNED_IN: [{"bearer": []}],
    Access.AGENT: [{"bearer": []}],
    Access.MANAGER: [{"bearer": []}],
    Access.ADMIN: [{"bearer": []}],
}
SCHEMES: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "api_key": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of the project (`plk_…`) that has the scope.",
    },
    "visitor": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`Visitor <key>`, with the key of an earlier `welcome` frame.",
    },
}
RULES: Final[dict[Access, str]] = {
    Access.PUBLIC: "Access: everyone, without signing in.",
    Access.PAGE: "Access: pages of the project's domains (checked by `Origin`).",
    Access.VISITOR: "Access: the holder of a visitor key, on a page of the project's domains.",
    Access.COOKIE: "Access: pages of this server, with the refresh cookie.",
    Access.SIGNED_IN: "Access: every signed-in user.",
    Access.AGENT: "Access: agents and managers of the project.",
    Access.MANAGER: "Access: managers of the project.",
    Access.ADMIN: "Access: administrators of this installation.",
}


@routes.add("GET", "openapi.json", access=Access.PUBLIC, limit=SOMETIMES)
async def openapi(call: Call) -> Response:
    """Get this OpenAPI document."""
    return representations.respond(call.services.document, {"Cache-Control": "public, max-age=300"})


def document(resources: tuple[Routes, ...], *, secure: bool) -> bytes:
    """The OpenAPI document of every route under /api/v1, and of health.

    `secure`: the site uses https, which determines the cookie's name.
    """
    shown = [
        (resource.resource, route)
        for resource in resources
        for route in resource.all
        if route.path.startswith(ROOT) or resource.resource == "health"
    ]
    paths: dict[str, dict[str, Any]] = {}
    for tag, route in shown:
        paths.setdefault(_shown(route.path), {})[route.method.lower()] = _operation(tag, route)
    refresh = {"type": "apiKey", "in": "cookie", "name": cookies.REFRESH.kept_as(secure=secure)}
    _, components = msgspec.json.schema_components([*_structs(shown), *_event_data()], ref_template=TEMPLATE)
    made = {
        "openapi": VERSION,
        "info": {
            "title": "Parley",
            "version": "1",
            "description": (
                "Ids are UUIDs, times are milliseconds since the epoch. "
                "Errors are problem documents (RFC 9457); branch on `code`."
            ),
            "contact": {"name": "The operators of this installation"},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": resource.resource, "description": resource.about}
            for resource in resources
            if resource.resource in {tag for tag, _ in shown}
        ],
        "paths": paths,
        "webhooks": {event: _event(event) for event in EVENTS},
        "components": {
            "schemas": components,
            "headers": documented.COMPONENTS,
            "securitySchemes": SCHEMES | {"refresh": refresh},
        },
    }
    return orjson.dumps(with_ecma_patterns(made))


def _event_data() -> list[type[Any]]:
    return list(dict.fromkeys(data for _, data in EVENTS.values()))


def _event(event: str) -> dict[str, Any]:
    """What a receiver gets. Its answer must be 2xx within 5 s; everything else is tried again."""
    about, data = EVENTS[event]
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"const": event},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {"$ref": TEMPLATE.format(name=data.__name__)},
        },
    }
    return {
        "post": {
            "operationId": f"webhook_{event.replace('.', '_')}",
            "tags": ["webhooks"],
            "summary": about,
            "security": [],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": body, "example": payload(event, data)}},
            },
            "responses": {
                "2XX": {"description": "Received"},
                "410": {"description": "Send nothing more: the webhook is switched off"},
                "default": {"description": "Tried again, up to eight times within 32 hours"},
            },
        }
    }


def _structs(shown: list[tuple[str, Route]]) -> list[Any]:
    given = [kind for _, route in shown for kind in (route.json, _json(route.answer)) if kind is not None]
    types = [each for kind in given for each in (get_args(kind) if _is_union(kind) else (kind,))]
    return [*dict.fromkeys(types), Problem]


def _json(answer: Any) -> Any:
    return None if answer in _FILES else answer


def _operation(tag: str, route: Route) -> dict[str, Any]:
    limit = route.limit
    often = f" Rate limit: {limit.times} requests in {limit.seconds:g} s." if limit.times else ""
    scope = f" API keys with the scope `{route.scope}`." if route.scope else ""
    keys: list[dict[str, list[str]]] = [{"api_key": []}] if route.scope else []
    made: dict[str, Any] = {
        "operationId": route.name,
        "tags": [tag],
        "summary": route.summary,
        "description": f"{route.description}\n\n{RULES[route.access]}{scope}{often}".strip(),
        "security": [*SECURITY[route.access], *keys],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *documented.parameters(route)],
        "responses": _responses(route),
    }
    if route.json is not None:
        made["requestBody"] = {"required": True, "content": {"application/json": _content(route.json)}}
    elif route.upload is not None:
        binary = {"schema": {"type": "string", "format": "binary", "maxLength": route.upload.max_bytes}}
        made["requestBody"] = {"required": True, "content": dict.fromkeys(route.upload.media_types, binary)}
    return made


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name.rpartition(":")[2], "in": "path", "required": True, **_path_schema(name, number)}
        for number, name in enumerate(route.parameters, 1)
    ]


def _path_schema(name: str, number: int) -> dict[str, Any]:
    if name.startswith("number:"):
        return {"schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999}, "example": 1}
    if ":" in name:
        return {"schema": {"type": "string", "pattern": WORD}, "example": "google"}
    example = f"01936b2e-8c00-7a00-8000-0000000000{number:02x}"
    return {"schema": {"type": "string", "format": "uuid"}, "example": example}


def _shown(path: str) -> str:
    """`{word:provider}` is our own notation: the document says `{provider}`."""
    return re.sub(r"\{\w+:", "{", path)


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    _, components = msgspec.json.schema_components([route.query], ref_template=TEMPLATE)
    schema = components[route.query.__name__]
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": kind,
        }
        for name, kind in schema["properties"].items()
    ]


def _responses(route: Route) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for status in (route.status, *route.also):
        answers[str(status)] = {"description": HTTPStatus(status).phrase}
        if route.answer is not None:
            answers[str(status)]["content"] = _answer_content(route, status)
    for code in _problem_codes(route):
        kind = problems.CATALOGUE[code]
        known = answers.setdefault(
            str(kind.status), {"description": kind.title, "content": {problems.MEDIA_TYPE: _problem()}}
        )
        content = known["content"].get(problems.MEDIA_TYPE)
        if content is not None:
            content["examples"][code] = {"value": msgspec.to_builtins(problems.problem(code))}
    documented.describe(route, answers)
    if not any(status.startswith("4") for status in answers):
        answers["400"] = {"description": "The request is not valid HTTP."}
    return answers


def _answer_content(route: Route, status: int) -> dict[str, Any]:
    if route.answer in _FILES:
        kind = MEDIA.get(route.path.rpartition(".")[2], "text/plain")
        return {kind: {"schema": {"type": "object" if "json" in kind else "string"}}}
    return {"application/json": _content(_body(route, status))}


def _body(route: Route, status: int) -> Any:
    """The body for this status: its own struct, or those of the union that no other status has."""
    if status in route.answers:
        return route.answers[status]
    if not route.answers:
        return route.answer
    rest = [kind for kind in get_args(route.answer) if kind not in route.answers.values()]
    return rest[0] if len(rest) == 1 else Union[tuple(rest)]  # noqa: UP007  made at run time


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in {Union, UnionType}


def _content(kind: Any) -> dict[str, Any]:
    if _is_union(kind):
        choices = get_args(kind)
        shapes = [{"$ref": TEMPLATE.format(name=each.__name__)} for each in choices]
        return {"schema": {"anyOf": shapes}, "example": example(choices[0])}
    if get_origin(kind) is list:
        (item,) = get_args(kind)
        schema: dict[str, Any] = {"type": "array", "items": {"$ref": TEMPLATE.format(name=item.__name__)}}
        return {"schema": schema, "example": [example(item)]}
    return {"schema": {"$ref": TEMPLATE.format(name=kind.__name__)}, "example": example(kind)}


def _problem() -> dict[str, Any]:
    return {"schema": {"$ref": TEMPLATE.format(name="Problem")}, "examples": {}}


def _problem_codes(route: Route) -> list[str]:
    codes = ["not_found"] if route.parameters else []
    if route.access in {Access.SIGNED_IN, Access.AGENT, Access.MANAGER, Access.ADMIN}:
        codes += ["unauthenticated", "expired"]
    if route.access in {Access.MANAGER, Access.ADMIN} or route.scope:
        codes.append("forbidden")
    if route.access in {Access.PAGE, Access.VISITOR, Access.COOKIE}:
        codes.append("origin")
    if route.access in {Access.VISITOR, Access.COOKIE}:
        codes.append("unauthenticated")
    if route.body is not None:
        codes += ["bad_request", "too_large", "media_type"]
    if route.upload is not None:
        codes += ["bad_request", "too_slow", "too_large", "media_type"]
    if route.json is not None or route.query is not None:
        codes.append("invalid")
    if route.limit.times:
        codes.append("rate_limited")
    codes += [*route.problems, *documented.problem_codes(route)]
    if 503 not in route.also:
        codes.append("unavailable")
    return codes
