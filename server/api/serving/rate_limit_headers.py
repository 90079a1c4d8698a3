"""RateLimit-Policy and RateLimit: what a route allows, and how much of it is left (IETF draft 10)."""

import math
from typing import Final

from quart import Response, g

from core.bus.limits import Count
from server.api.http.routes import Route

POLICY: Final = "RateLimit-Policy"
LEFT: Final = "RateLimit"


def add(route: Route, response: Response) -> None:
    """Set both. While Redis is away each process counts for itself: then nothing is said of what is left."""
    limit = route.limit
    if not limit.times or "no-store" not in response.headers.get("Cache-Control", ""):
        return  # unlimited, or an answer that caches keep
    name = f'"{route.name}"'
    response.headers[POLICY] = f"{name};q={limit.times};w={math.ceil(limit.seconds)}"
    if response.status_code == 429:
        response.headers[LEFT] = f"{name};r=0;t={response.headers.get('Retry-After', '1')}"
        return
    counted: Count | None = g.get("counted")
    if counted is not None and counted.left is not None:
        response.headers[LEFT] = f"{name};r={counted.left};t={math.ceil(counted.reset)}"
