"""Health: /livez checks that the process answers, /readyz that a message would be delivered now."""

from quart import Response

from server.api.admin.schemas import Readiness
from server.api.http.calls import Access, Answer, Call
from server.api.http.routes import Routes
from server.api.services.rate_limiter import UNLIMITED

routes = Routes("health", "Whether this server is alive and ready.")


@routes.add("GET", "/livez", access=Access.PUBLIC, limit=UNLIMITED)
async def livez(call: Call) -> Response:
    """Check that the process answers."""
    del call
    return Response("ok\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


@routes.add("GET", "/readyz", access=Access.PUBLIC, limit=UNLIMITED, also=(503,))
async def readyz(call: Call) -> Answer[Readiness]:
    """Check that a message that is sent now would be stored and published; get the result of every check."""
    checks = await call.services.readiness.recent()
    ready = all(check.ok for check in checks.values())
    return Answer(value=Readiness(ready=ready, checks=checks), status=200 if ready else 503)
