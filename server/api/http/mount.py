"""Mounts routes as Quart blueprints: admission, deadline, parsing, the answer as JSON."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec
import trio
from quart import Blueprint, Response, g, request
from werkzeug.routing import BaseConverter, ValidationError

from core import ids
from core.telemetry.metrics import Timing, timed
from server.api.http import problems, streams
from server.api.http.access import admit, allowed_page, context_of
from server.api.http.calls import Access, Answer
from server.api.http.requests import read_body, read_query
from server.api.http.routes import DEADLINE, Route, Routes
from server.api.http.streams import Stream
from server.api.http.uploads import received
from server.api.services.services import Services

PREFLIGHT_KEPT: Final = "600"  # seconds
REFUSED: Final = frozenset({403, 404})  # of a page: its origin is not allowed, or unknown project

View = Callable[..., Awaitable[Response]]


class IdConverter(BaseConverter):
    """A canonical UUID; anything else matches no route and gets the same 404 as a missing entity."""

    regex = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    def to_python(self, value: str) -> bytes:
        """The id as 16 bytes."""
        try:
            return ids.parse(value)
        except ValueError:
            raise ValidationError from None

    def to_url(self, value: bytes) -> str:
        """The id as text."""
        return ids.text(value)


def blueprint(routes: Routes, services: Services) -> Blueprint:
    """The blueprint of one resource."""
    made = Blueprint(routes.resource, __name__)
    for route in routes.all:
        rule = _rule(route)
        made.add_url_rule(
            rule,
            endpoint=route.name,
            view_func=_view(route, services),
            methods=[route.method],
            provide_automatic_options=False,
        )
    for path in {route.path for route in routes.all if _cross_origin(route)}:
        shown = [route for route in routes.all if route.path == path]
        made.add_url_rule(
            _rule(shown[0]),
            endpoint=f"preflight_{shown[0].name}",
            view_func=_preflight(shown, services),
            methods=["OPTIONS"],
            provide_automatic_options=False,
        )
    return made


def _rule(route: Route) -> str:
    rule = route.path
    for name in route.parameters:
        kind, _, plain = name.rpartition(":")
        rule = rule.replace("{" + name + "}", f"<{kind or 'id'}:{plain}>")
    return rule


def _cross_origin(route: Route) -> bool:
    return route.access in {Access.PAGE, Access.VISITOR}


def _view(route: Route, services: Services) -> View:
    async def view(**arguments: Any) -> Response:
        context = context_of(route, services, arguments)
        async with services.audit_queue.recording(context, problems.code_and_status):
            with trio.fail_after(route.deadline):
                call = await admit(route, services, arguments.pop("project", None), context)
                if route.body is not None:
                    arguments["body"] = context.body = await read_body(route.body)
                if route.query is not None:
                    arguments["query"] = read_query(route.query)
                if route.upload is not None:
                    with received(route.upload, services, context.address) as arguments["body"]:
                        return encode(route, await route.handler(call, **arguments))
                return encode(route, await route.handler(call, **arguments))

    return _guarded(view)


def _preflight(shown: list[Route], services: Services) -> View:
    """The CORS preflight: browsers send it before an Authorization header to another origin."""

    async def view(**arguments: Any) -> Response:
        with trio.fail_after(DEADLINE):
            await allowed_page(services, arguments.get("project"))
        answer = Response(b"", 204)
        answer.headers["Access-Control-Allow-Methods"] = ", ".join(route.method for route in shown)
        sends = any(route.upload for route in shown)
        answer.headers["Access-Control-Allow-Headers"] = (
            "authorization, content-type" if sends else "authorization"
        )
        answer.headers["Access-Control-Max-Age"] = PREFLIGHT_KEPT
        return answer

    return _guarded(view)


def _guarded(view: View) -> View:
    async def guarded(**arguments: Any) -> Response:
        try:
            with timed(Timing.REQUEST):
                return await view(**arguments)
        except problems.EXPECTED as error:
            found = problems.of(error)
            return problems.response(found.code, found.detail, retry=found.retry, errors=found.errors)

    return guarded


def encode(route: Route, answer: Any) -> Response:
    """The HTTP answer for what a handler returned."""
    status = route.status
    headers: tuple[tuple[str, str], ...] = ()
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, Stream):
        return streams.response(answer)
    if isinstance(answer, Answer):
        status, headers = answer.status or route.status, answer.headers
        answer = answer.value
    if answer is None:
        made = Response(b"", status if status != 200 else 204)
    else:
        made = Response(msgspec.json.encode(answer), status, content_type="application/json")
    made.headers["Cache-Control"] = "no-store"
    for name, value in headers:
        if name == "Set-Cookie":
            made.headers.add(name, value)
        else:
            made.headers[name] = value
    return made


async def cors(response: Response) -> Response:
    """An after-request hook: lets the admitted page read the answer, problems included.

    A refused page may read the refusal too: otherwise its widget would see an outage and retry.
    """
    public = request.path.startswith("/api/v1/public/")
    origin = getattr(g, "cors_origin", None)
    if origin is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
    elif public and response.status_code in REFUSED:
        response.headers["Access-Control-Allow-Origin"] = "*"
    if public:
        response.headers.add("Vary", "Origin")
    return response


class Bodies:
    """A before-request hook: lets Quart read the body, unless the handler of the route reads it itself."""

    def __init__(self, resources: Sequence[Routes]) -> None:
        self._held = {
            f"{routes.resource}.{route.name}" for routes in resources for route in routes.all if route.upload
        }

    async def begin(self) -> None:
        """Before a request, and before its admission."""
        if request.endpoint not in self._held:
            current: Any = request
            current.release()
