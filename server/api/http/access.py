"""Access control: one rule per route, enforced only here, before the body or the query is read."""

import time
from typing import Final, assert_never

import trio
from quart import g, request

from core.bus.limits import Hit
from core.db.identity import sign_in
from core.db.identity.sign_in import Caller
from core.db.ops.audit import Actor
from core.db.projects import projects
from core.identity import api_keys, tokens, visitor_keys
from core.ids import ProjectId, UserId
from core.model import Project, Role
from core.text import origins
from server import addresses
from server.api.http import cookies
from server.api.http.calls import Access, Call, CookieCall, MemberCall, PageCall, UserCall, VisitorCall
from server.api.http.problems import ApiError
from server.api.http.routes import Route
from server.api.services.audit_context import AuditContext
from server.api.services.authenticator import Shown
from server.api.services.rate_limiter import Limit, RateLimited
from server.api.services.services import Services

WRONG_KEYS: Final = Limit(60)  # per address
USE_NOTED: Final = 60_000  # ms between two updates of an API key's `last_used_at`


async def admit(route: Route, services: Services, project: ProjectId | None, context: AuditContext) -> Call:
    """Admit a request: returns its call; raises ApiError or RateLimited.

    The rate limit is counted as soon as the caller is identified: before Postgres is queried, or in parallel
    to it when a signed token identifies the caller.
    """
    now = time.time_ns() // 1_000_000
    address = context.address
    match route.access:
        case Access.PUBLIC:
            g.counted = await services.rate_limiter.check(route.name, route.limit, address)
            return Call(services=services, now=now, audit_context=context)
        case Access.COOKIE:
            _own_page_only(services)
            g.counted = await services.rate_limiter.check(route.name, route.limit, address)
            token = cookies.REFRESH.read() or None
            return CookieCall(services=services, now=now, audit_context=context, token=token)
        case Access.PAGE:
            return await _page(route, services, project, now=now, context=context)
        case Access.VISITOR:
            call = await _page(route, services, project, now=now, context=context)
            return _visitor(call)
        case Access.SIGNED_IN | Access.AGENT | Access.MANAGER | Access.ADMIN:
            if (key := _api_key()) is not None:
                return await _with_key(key, route, services, project, now=now, context=context)
            return await _signed_in(route, services, project, now=now, context=context)
        case _:
            assert_never(route.access)


def context_of(route: Route, services: Services, named: dict[str, bytes]) -> AuditContext:
    """The audit context of a request before its admission; `named` are the parameters of its path."""
    given = [named.get(name) for name in route.parameters if name != "project"]
    entities = [one for one in given if isinstance(one, bytes)]  # a file's name is not an id
    whole = named.get("project") if route.audit and route.audit.entity == "project" else None
    return AuditContext(
        what=route.audit,
        address=client_address(services),
        agent=request.headers.get("User-Agent", ""),
        entity_id=entities[-1] if entities else whole,
    )


def client_address(services: Services) -> str:
    """The client's address, as reported by trusted proxies."""
    client = request.scope.get("client")
    forwarded = ",".join(request.headers.getlist("X-Forwarded-For"))
    return services.proxies.client(client[0] if client else "unknown", forwarded)


async def allowed_page(services: Services, project: ProjectId | None) -> Project:
    """The project that the calling page may use; raises ApiError `not_found` or `origin`. CORS then echoes
    the origin.
    """
    if project is None:
        raise ApiError("not_found")
    async with services.database.connection() as conn:
        found = await projects.by_id(conn, project)
    if found is None:
        raise ApiError("not_found")
    origin = request.headers.get("Origin")
    if origin is None:
        _same_origin_only(services)
    elif _is_own(services, origin):
        g.cors_origin = origin
    elif origins.allowed(origin, found.domains):
        g.cors_origin = origin
        await services.sites.seen(project, origin)
    else:
        await services.sites.refused(project, origin, network=addresses.network(client_address(services)))
        raise ApiError("origin")
    return found


async def _page(
    route: Route, services: Services, project: ProjectId | None, *, now: int, context: AuditContext
) -> PageCall:
    g.counted = await services.rate_limiter.check(route.name, route.limit, context.address)
    found = await allowed_page(services, project)
    return PageCall(services=services, now=now, audit_context=context, project=found)


def _visitor(call: PageCall) -> VisitorCall:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "visitor" or not key:
        raise ApiError("unauthenticated", "Send `Authorization: Visitor <key>`.")
    try:
        visitor = visitor_keys.read_visitor_key(
            call.services.settings.secret_key, key, call.project.id, call.now
        )
    except visitor_keys.InvalidKey:
        raise ApiError("unauthenticated", "The visitor key is not valid.") from None
    return VisitorCall(
        services=call.services,
        now=call.now,
        audit_context=call.audit_context,
        project=call.project,
        visitor=visitor,
    )


async def _signed_in(
    route: Route, services: Services, project: ProjectId | None, *, now: int, context: AuditContext
) -> UserCall:
    claims = _claims(services, now=now)
    user = claims.user
    hit = Hit(route.name, user.hex(), route.limit.times, route.limit.seconds)
    caller, g.counted = await services.authenticator.call(
        Shown(hit, sign_in.SignIn(claims.session, user, project, now))
    )
    if caller is None:
        raise ApiError("unauthenticated", "This session has ended. Sign in again.")
    context.actor = Actor("user", caller.user, caller.full_name)
    if project is not None and caller.role is not None:
        context.project = project  # a probe of a non-member is not logged in the project's audit log
    if route.access is Access.ADMIN and not caller.is_admin:
        raise ApiError("forbidden")
    if route.access in {Access.SIGNED_IN, Access.ADMIN}:
        return UserCall(
            services=services, now=now, audit_context=context, user=caller, session=claims.session
        )
    if project is None or caller.role is None:
        raise ApiError("not_found")
    if route.access is Access.MANAGER and caller.role != "manager":
        raise ApiError("forbidden")
    return MemberCall(
        services=services,
        now=now,
        audit_context=context,
        user=caller,
        session=claims.session,
        project=project,
        role=caller.role,
    )


def _api_key() -> str | None:
    token = _bearer()
    return token if token.startswith(api_keys.PREFIX) else None


async def _with_key(
    key: str, route: Route, services: Services, project: ProjectId | None, *, now: int, context: AuditContext
) -> MemberCall:
    """Admit an API key: on routes with a scope it acts in the role that they need; others refuse it."""
    role: Role = "manager" if route.access is Access.MANAGER else "agent"
    if route.scope is None or project is None:
        raise ApiError("unauthenticated", "API keys cannot be used here. Send an access token.")
    digest = api_keys.digest(key)
    services.wrong_keys.check(digest, context.address, trio.current_time())
    g.counted = await services.rate_limiter.check(route.name, route.limit, digest.hex()[:32])
    found = await services.database.read(lambda conn: sign_in.api_key(conn, project, key_hash=digest))
    if found is None:
        await _count_wrong_key(services, digest, context.address)
        raise ApiError("unauthenticated", "The API key is not valid for this project.")
    services.wrong_keys.found(digest)
    context.actor, context.project = Actor("api_key", found.id, found.name), project
    if route.scope not in found.scopes:
        raise ApiError("forbidden", f"The API key needs the scope `{route.scope}`.")
    if found.last_used_at is None or found.last_used_at <= now - USE_NOTED:
        # If Postgres is unavailable this fails the request, which could not be answered anyway.
        since = now - USE_NOTED
        await services.database.read(
            lambda conn: sign_in.note_use(conn, project, found.id, now=now, unless_since=since)
        )
    acting = Caller(UserId(found.id), "", found.name, is_admin=False, role=role)
    return MemberCall(
        services=services,
        now=now,
        audit_context=context,
        user=acting,
        session=b"",
        project=project,
        role=role,
    )


async def _count_wrong_key(services: Services, digest: bytes, address: str) -> None:
    """Count an unknown key; raises RateLimited beyond the limit, and blocks the network for that time."""
    services.wrong_keys.missing(digest)
    try:
        await services.rate_limiter.check("wrong_key", WRONG_KEYS, address)
    except RateLimited as limited:
        services.wrong_keys.block(address, trio.current_time() + limited.retry)
        raise


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _claims(services: Services, *, now: int) -> tokens.Access:
    token = _bearer()
    if not token:
        raise ApiError("unauthenticated")
    try:
        return tokens.read_access(services.settings.secret_key, token, now=now)
    except tokens.ExpiredToken:
        raise ApiError("expired") from None
    except tokens.InvalidToken:
        raise ApiError("unauthenticated") from None


def _own_page_only(services: Services) -> None:
    """CSRF protection: browsers report which origin a request comes from."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site not in {None, "same-origin"} or (origin is None and site is None):
        raise ApiError("origin", "Only this server's own pages may do this.")
    if origin is not None and not _is_own(services, origin):
        raise ApiError("origin", "Only this server's own pages may do this.")


def _same_origin_only(services: Services) -> None:
    """Check `Sec-Fetch-Site` or `Referer` instead of `Origin`, which browsers omit in a same-origin GET."""
    if request.headers.get("Sec-Fetch-Site") == "same-origin":
        return
    scheme, _, rest = request.headers.get("Referer", "").partition("://")
    if not _is_own(services, f"{scheme}://{rest.split('/', 1)[0]}"):
        raise ApiError("origin")


def _is_own(services: Services, origin: str) -> bool:
    return origins.is_own(origin, public=services.settings.origin, host=request.headers.get("Host"))
