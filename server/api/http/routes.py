"""The route registry: access rule, rate limit, and the schemas read from the handler's annotations."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import replace

from core.identity.api_keys import Scope
from server.api.http.calls import CALLS, Access, Answer
from server.api.http.uploads import Upload, UploadRule
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import Limit

DEADLINE: Final = 10.0  # seconds for a whole request; slower requests must not pile up
ROOT: Final = "/api/v1"
# Callers with an id of their own; API keys are admitted as agents or managers.
MEMBERS: Final = frozenset({Access.SIGNED_IN, Access.AGENT, Access.MANAGER, Access.ADMIN})
Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Any]])
_PARAMETER: Final = re.compile(r"\{((?:\w+:)?\w+)\}")


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path. `{name}` in a path is an id, as canonical UUID text."""

    name: str
    method: str
    path: str
    access: Access
    limit: Limit
    status: int
    also: tuple[int, ...]
    answers: dict[int, type[msgspec.Struct]]  # statuses that answer with only one struct of the union
    problems: tuple[str, ...]  # in addition to those of its access rule, body and query
    summary: str
    description: str
    handler: Callable[..., Awaitable[Any]]
    body: type[msgspec.Struct] | None  # JSON
    query: type[msgspec.Struct] | None
    answer: Any  # a struct, a list of one, a Response, None
    parameters: tuple[str, ...]
    audit: AuditRule | None = None
    scope: Scope | None = None  # API keys with this scope may call, too
    upload: UploadRule | None = None  # of a body that is not JSON, or large
    guarded: bool = False  # takes If-Match without a `version` in its body
    unkeyed: str = ""  # why a POST takes no Idempotency-Key
    deadline: float = DEADLINE  # seconds for the handler and its body; a streamed answer has its own

    @property
    def takes_key(self) -> bool:
        """Whether an Idempotency-Key makes a repeated request harmless."""
        return self.method == "POST" and self.access in MEMBERS and not self.unkeyed

    @property
    def takes_if_match(self) -> bool:
        """Whether a change can be made depend on the version that the client has loaded."""
        return self.guarded or (self.json is not None and "version" in self.json.__struct_fields__)

    @property
    def json(self) -> type[msgspec.Struct] | None:
        """The schema of the body if it is JSON, whoever reads it."""
        return self.body if self.upload is None else self.upload.schema


class Routes:
    """The routes of one resource, in the order of their declaration. `about`: its tag's text in OpenAPI."""

    def __init__(self, resource: str, about: str) -> None:
        self.resource = resource
        self.about = about
        self.all: list[Route] = []

    def add(
        self,
        method: str,
        path: str,
        *,
        access: Access,
        limit: Limit,
        status: int = 200,
        also: tuple[int, ...] = (),
        answers: Mapping[int, type[msgspec.Struct]] | None = None,
        problems: tuple[str, ...] = (),
        audit: AuditRule | None = None,
        scope: Scope | None = None,
        upload: UploadRule | None = None,
        unkeyed: str = "",
        guarded: bool = False,
        deadline: float = DEADLINE,
    ) -> Callable[[Handler], Handler]:
        """Declare a route; its docstring becomes summary and description in the OpenAPI document.

        The handler takes `call` (of the type for its access rule), one argument per `{name}` of the path
        (except `project`, which is in the call), and `body` and `query` if it has them. `also` are further
        statuses with the same body, `answers` those with one struct of the handler's union. `scope` admits
        API keys of the project in the role of the access rule. With `upload` the
        handler takes a `body` of type Upload, which it reads itself. A POST of members takes an
        Idempotency-Key, unless `unkeyed` says why that makes no sense. `guarded`: the
        handler itself compares preconditions.expected_version(), and raises `stale`.
        """
        if scope is not None and access not in {Access.AGENT, Access.MANAGER}:
            raise TypeError(f"{method} {path}: API keys belong to a project")

        def declare(handler: Handler) -> Handler:
            route = _route(handler, method=method, path=path, access=access, limit=limit)
            if (get_type_hints(handler).get("body") is Upload) is not (upload is not None):
                raise TypeError(f"{route.name}: a body of type Upload and `upload` belong together")
            if upload is not None:
                route = replace(route, body=None, upload=upload, deadline=deadline + upload.seconds)
            bodies = dict(answers or {})
            facts = {"status": status, "also": (*also, *bodies), "answers": bodies, "problems": problems}
            self.all.append(
                replace(route, audit=audit, scope=scope, unkeyed=unkeyed, guarded=guarded, **facts)
            )
            return handler

        return declare


def _route(
    handler: Callable[..., Awaitable[Any]],
    *,
    method: str,
    path: str,
    access: Access,
    limit: Limit,
) -> Route:
    hints = get_type_hints(handler)
    name = handler.__name__
    if hints.get("call") is not CALLS[access]:
        raise TypeError(f"{name}: a route for {access.value} takes a {CALLS[access].__name__}")
    summary, _, description = (handler.__doc__ or "").strip().partition("\n")
    if not summary:
        raise TypeError(f"{name}: its docstring is its documentation")
    answer = hints["return"]
    if get_origin(answer) is Answer:
        (answer,) = get_args(answer)
    return Route(
        name=name,
        method=method,
        path=path if path.startswith("/") else f"{ROOT}/{path}",
        access=access,
        limit=limit,
        status=200,
        also=(),
        answers={},
        problems=(),
        summary=summary.rstrip("."),
        description=" ".join(description.split()),
        handler=handler,
        body=hints.get("body"),
        query=hints.get("query"),
        answer=None if answer is type(None) else answer,
        parameters=tuple(_PARAMETER.findall(path)),
    )
