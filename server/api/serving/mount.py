"""Mounts routes in Quart: addresses, admission, deadline, parsing, the answer as JSON."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any, Final

import msgspec
import trio
from quart import Response, g, request
from quart.routing import QuartMap, QuartRule
from werkzeug.routing import BaseConverter, ValidationError

from core import ids
from core.telemetry.metrics import Timing, timed
from server.api.http import preconditions, problems, streams
from server.api.http.access import admit, allowed_page, context_of
from server.api.http.calls import Access, Answer, Call, UserCall
from server.api.http.requests import read_body, read_query
from server.api.http.routes import DEADLINE, Route, Routes
from server.api.http.streams import Stream
from server.api.http.uploads import received
from server.api.services.services import Services
from server.api.serving import etags, idempotency, rate_limit_headers

PREFLIGHT_KEPT: Final = "600"  # seconds
PREFLIGHT: Final = "preflight_"  # endpoint of an address for OPTIONS
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


class FileConverter(BaseConverter):
    """A file name without a slash."""

    regex = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}"


class WordConverter(BaseConverter):
    """A short name that an operator has chosen."""

    regex = r"[a-z0-9_-]{1,30}"


class NumberConverter(BaseConverter):
    """A number that counts things of a project, from 1; one that no row can have matches no route."""

    regex = r"[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)


class _Rule(QuartRule):
    """A rule that only matches: we build no URL by name, and compiling the builders was 60 % of a start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: ARG002, FBT001, FBT002  Werkzeug's
        return _build_nothing


def _build_nothing(*_: Any, **__: Any) -> tuple[str, str]:
    raise NotImplementedError("routes are found by their address only")


@cache
def url_map(resources: tuple[Routes, ...]) -> QuartMap:
    """The addresses of all routes. It depends on nothing but the code, so all apps of a process share it."""
    made = QuartMap(
        strict_slashes=False,
        merge_slashes=False,
        converters={
            "id": IdConverter,
            "file": FileConverter,
            "word": WordConverter,
            "number": NumberConverter,
        },
    )
    for routes in resources:
        for route in routes.all:
            made.add(_Rule(_rule(route), methods=[route.method], endpoint=_endpoint(routes, route)))
        for shown in _preflights(routes):
            endpoint = _endpoint(routes, shown[0], prefix=PREFLIGHT)
            made.add(_Rule(_rule(shown[0]), methods=["OPTIONS"], endpoint=endpoint))
    return made


def view_functions(resources: tuple[Routes, ...], services: Services) -> dict[str, View]:
    """The function of each endpoint in the map."""
    made: dict[str, View] = {}
    for routes in resources:
        made |= {_endpoint(routes, route): _view(route, services) for route in routes.all}
        made |= {
            _endpoint(routes, shown[0], prefix=PREFLIGHT): _preflight(shown, services)
            for shown in _preflights(routes)
        }
    return made


def _endpoint(routes: Routes, route: Route, *, prefix: str = "") -> str:
    return f"{routes.resource}.{prefix}{route.name}"


def _preflights(routes: Routes) -> Iterator[list[Route]]:
    """The routes of each address that pages of other origins may call."""
    for path in dict.fromkeys(route.path for route in routes.all if _cross_origin(route)):
        yield [route for route in routes.all if route.path == path]


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
                if route.takes_key and idempotency.HEADER in request.headers and isinstance(call, UserCall):
                    run = partial(_answered, route, call, arguments)
                    return await idempotency.once(route, call, arguments, run)
                if route.upload is not None:
                    with received(route.upload, services, context.address) as arguments["body"]:
                        return encode(route, await route.handler(call, **arguments))
                return await _answered(route, call, arguments)

    return _guarded(view, route)


async def _answered(route: Route, call: Call, arguments: dict[str, Any]) -> Response:
    return encode(route, await route.handler(call, **arguments))


def _preflight(shown: list[Route], services: Services) -> View:
    """The CORS preflight: browsers send it before an Authorization header to another origin."""

    async def view(**arguments: Any) -> Response:
        with trio.fail_after(DEADLINE):
            await allowed_page(services, arguments.get("project"))
        answer = Response(b"", 204)
        answer.headers["Access-Control-Allow-Methods"] = ", ".join(route.method for route in shown)
        sends = any(route.upload or route.body for route in shown)
        answer.headers["Access-Control-Allow-Headers"] = (
            "authorization, content-type" if sends else "authorization"
        )
        answer.headers["Access-Control-Max-Age"] = PREFLIGHT_KEPT
        return answer

    return _guarded(view)


def _guarded(view: View, route: Route | None = None) -> View:
    """The view, whose expected errors become answers. `route`: None for a preflight."""

    async def guarded(**arguments: Any) -> Response:
        try:
            with timed(Timing.REQUEST):
                response = await view(**arguments)
        except problems.EXPECTED as error:
            found = _refusal(route, problems.of(error))
            response = problems.response(found.code, found.detail, retry=found.retry, errors=found.errors)
        if route is not None:
            rate_limit_headers.add(route, response)
        return response

    return guarded


def _refusal(route: Route | None, found: problems.ApiError) -> problems.ApiError:
    """`stale` is 412 for a client that asked by If-Match, as RFC 9110 has it."""
    conditional = route is not None and route.takes_if_match and preconditions.HEADER in request.headers
    return problems.ApiError("precondition_failed") if conditional and found.code == "stale" else found


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
        body = msgspec.json.encode(answer)
        made = Response(body, status, content_type="application/json")
        if etags.has_tag(route):
            etags.tag(made, answer, body)
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
            _endpoint(routes, route) for routes in resources for route in routes.all if route.upload
        }

    async def begin(self) -> None:
        """Before a request, and before its admission."""
        if request.endpoint not in self._held:
            current: Any = request
            current.release()
