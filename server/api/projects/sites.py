"""Sites: where the widget was loaded, and which sites were refused."""

from core.bus import sites
from core.db.projects import projects as table
from core.text import origins
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.projects.schemas import Site, Sites
from server.api.services.rate_limiter import OFTEN

routes = Routes("sites", "Where the widget was loaded, and which sites were refused.")


@routes.add("GET", "projects/{project}/sites", access=Access.AGENT, limit=OFTEN, scope="project:read")
async def list_sites(call: MemberCall) -> Sites:
    """List the sites that loaded the widget lately, and those that were refused; the latest first.

    At most ten of each. A refused site is not among the project's domains; it is forgotten after three days,
    or when it is allowed. Anyone can send a request in the name of a site: allow only your own.
    """
    async with call.services.database.connection() as conn:
        project = await table.by_id(conn, call.project)
    if project is None:
        raise ApiError("not_found")
    seen, refused = await sites.of_project(call.services.redis, call.project)
    return Sites(
        seen=[Site(host=one.host, at=one.at) for one in seen],
        refused=[
            Site(host=one.host, at=one.at)
            for one in refused
            if not origins.allowed(f"https://{one.host}", project.domains)
        ],
    )
