"""Screenshots: a member asks for the page a visitor looks at; a worker opens it as a stranger would.

The page is the one that the visitor's browser reported, never one from the request, and only of the project's
domains: a forged report makes us open nothing else.
"""

from typing import Final
from urllib.parse import urlsplit

import trio

from core.bus.limits import Hit
from core.bus.screenshots import exchange
from core.bus.screenshots.exchange import Failure, Result
from core.db.chat import visitors
from core.db.projects import projects
from core.ids import VisitorId
from core.text import origins
from server.api.chat import presence
from server.api.http.calls import Access, Answer, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.screenshots.schemas import Screenshot, Screenshots
from server.api.services.rate_limiter import OFTEN, RARELY, RateLimited

routes = Routes("screenshots", "Screenshots of the pages that visitors look at.")
WAIT: Final = 6.0  # seconds that one request waits; the caller then asks again
POLL: Final = 0.2  # seconds
HOUR: Final = 3600.0  # seconds
BUSY: Final = 5.0  # seconds to wait when as many pictures are under way as the workers can take

_CODES: Final[dict[Failure, str]] = {
    "unreachable": "page_unreachable",
    "too_slow": "page_too_slow",
    "too_large": "page_not_shown",
    "not_a_page": "page_not_shown",
    "crashed": "page_crashed",
}


@routes.add("GET", "projects/{project}/screenshots", access=Access.AGENT, limit=OFTEN)
async def get_screenshots(call: MemberCall) -> Screenshots:
    """Find out whether screenshots are available.

    They are when a worker has a Chromium; operators see in /readyz why it has none.
    """
    workers, _ = await exchange.state(call.services.redis)
    return Screenshots(available=workers > 0)


@routes.add(
    "POST",
    "projects/{project}/visitors/{visitor}/screenshot",
    access=Access.AGENT,
    limit=RARELY,
    also=(202,),
    problems=("no_page", *dict.fromkeys(_CODES.values()), "screenshots_off", "screenshots_busy"),
)
async def take_screenshot(call: MemberCall, visitor: VisitorId) -> Answer[Screenshot]:
    """Take a screenshot of the page a visitor looks at, or looked at last.

    A request waits 6 s at most: while the status is 202, repeat it. A picture is kept for a minute, in which
    the same page is not opened again. 429: the project has used its screenshots of this hour. 503
    `screenshots_busy`: too many are being taken; wait as long as `Retry-After` says.
    """
    url = await _page(call, visitor)
    name = exchange.name_of(call.project, url)
    asked = False
    ends = trio.current_time() + WAIT  # no cancel scope: it would cut calls of Redis
    while trio.current_time() < ends:
        result, under_way = await exchange.result(call.services.redis, name)
        if result is not None:
            return Answer(value=_shown(url, result))
        if not under_way:
            if asked:  # the worker has ended
                raise ApiError("page_crashed")
            await _ask(call, name, url)
            asked = True
        await trio.sleep(POLL)
    return Answer(value=Screenshot(state="taking", url=url), status=202)


async def _page(call: MemberCall, visitor: VisitorId) -> str:
    """The URL that the visitor's browser reported; raises ApiError."""
    seen = await presence.visit(call.services, call.project, visitor)
    async with call.services.database.connection() as conn:
        project = await projects.by_id(conn, call.project)
        known = seen.first_seen_at or await visitors.by_id(conn, call.project, visitor)
    if project is None or not known:
        raise ApiError("not_found")
    url = seen.url
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    own = origins.is_own(origin, public=call.services.settings.origin, host=None)
    if not own and not origins.allowed(origin, project.domains):
        raise ApiError("no_page")
    return url


async def _ask(call: MemberCall, name: str, url: str) -> None:
    hit = Hit("screenshots", call.project.hex(), call.services.settings.screenshots_per_hour, HOUR)
    (counted,) = await call.services.rate_limiter.count([hit])
    if counted.wait:
        raise RateLimited(counted.wait, "The project has used its screenshots of this hour.")
    match await exchange.ask(call.services.redis, name, url):
        case "busy":
            raise ApiError("screenshots_busy", retry=BUSY)
        case "off":
            raise ApiError("screenshots_off")


def _shown(url: str, result: Result) -> Screenshot:
    if result.failure is not None:
        raise ApiError(_CODES[result.failure])
    return Screenshot(state="ready", url=url, taken_at=result.at, jpeg=result.picture)
