"""Shows a page instead of JSON when a person opens an address that does not exist."""

import html
from pathlib import Path
from typing import Final

import msgspec
from quart import Response, request

from server.api.http.problems import MEDIA_TYPE, Problem

PAGE: Final = (Path(__file__).parent / "documents" / "problem.html").read_text("utf-8")
PROGRAMS: Final = ("/api/", "/livez", "/readyz", "/widget")  # addresses that only programs open


async def for_people(response: Response) -> Response:
    """An after-request hook: converts a problem document to HTML when a browser opens a page."""
    if (
        response.mimetype != MEDIA_TYPE
        or request.method != "GET"
        or request.path.startswith(PROGRAMS)
        or "text/html" not in request.headers.get("Accept", "")
    ):
        return response
    problem = msgspec.json.decode(await response.get_data(as_text=False), type=Problem)
    page = PAGE.replace("{{title}}", html.escape(problem.title)).replace(
        "{{detail}}", html.escape(problem.detail)
    )
    response.set_data(page.encode())
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.headers.add("Vary", "Accept")
    return response
