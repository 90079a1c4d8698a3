"""Pages and files: the loader, the built front end, the dashboard's shell, the demo of a customer's site."""

import html
import re
import secrets
from pathlib import Path
from typing import Final

from quart import Response, request

from core import ids
from core.db.projects import projects
from server.api.http import problems
from server.api.http.calls import Access, Call
from server.api.http.routes import Routes
from server.api.pages import representations
from server.api.services.assets import Asset
from server.api.services.rate_limiter import Limit

routes = Routes("pages", "Pages for browsers.")

FILES: Final = Limit(1200)
# A page of the dashboard is some thirty files, and after a release a whole office loads them at once.
BUILT: Final = Limit(12_000)
HERE: Final = Path(__file__).parent / "documents"
DEMO: Final = (HERE / "demo.html").read_text("utf-8")
SHELL: Final = (HERE / "app.html").read_text("utf-8")
PREVIEW: Final = (HERE / "preview.html").read_text("utf-8")
NOT_BUILT: Final = (HERE / "not_built.html").read_text("utf-8")
_GOODS, _PAGES = (re.findall(r"^  (\w+): \[", part, re.MULTILINE) for part in DEMO.split("const pages", 1))
DEMO_PLACES: Final = frozenset(_PAGES) | {f"shop/{good}" for good in _GOODS}
# It loads the embed's files and the project's logo, and nothing else.
PREVIEW_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
HTML: Final = "text/html; charset=utf-8"
FIVE_MINUTES: Final = "public, max-age=300"
# Every customer's page may load these; they contain no user data.
ANY_PAGE: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
FOR_EVER: Final = "public, max-age=31536000, immutable"
HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(?::\d{1,5})?|\[[0-9a-fA-F:.]{2,45}\](?::\d{1,5})?")


@routes.add("GET", "/", access=Access.PUBLIC, limit=FILES)
async def front_page(call: Call) -> Response:
    """Redirect to the dashboard."""
    del call
    return Response(b"", 302, headers={"Location": "/app", "Cache-Control": FIVE_MINUTES})


@routes.add("GET", "/widget.js", access=Access.PUBLIC, limit=FILES)
async def loader(call: Call) -> Response:
    """Load the widget: the small script that customers embed. Browsers cache it for five minutes."""
    name = await call.services.assets.name("widget.js") or "widget.js"
    asset = await call.services.assets.file(name)
    if asset is None:
        return _script_not_built()
    return _file(asset, cache=FIVE_MINUTES)


@routes.add("GET", "/widget/{file:name}", access=Access.PUBLIC, limit=BUILT)
async def built_file(call: Call, name: str) -> Response:
    """Get a file of the built front end. A file with a hash in its name is immutable."""
    asset = await call.services.assets.file(name)
    if asset is None:
        absent = problems.response("not_found")
        absent.headers.update(ANY_PAGE)  # otherwise the console shows NotSameOrigin instead of the 404
        return absent
    return _file(asset, cache=FOR_EVER if asset.hashed else FIVE_MINUTES)


@routes.add("GET", "/app", access=Access.PUBLIC, limit=FILES)
async def dashboard(call: Call) -> Response:
    """Open the dashboard: a page that runs only the scripts of this build."""
    script = await call.services.assets.name("dashboard.js")
    style = await call.services.assets.name("dashboard.css")
    if script is None:
        return Response(NOT_BUILT, 503, content_type=HTML, headers={"Cache-Control": "no-store"})
    nonce = secrets.token_urlsafe(18)
    links = [f'<link rel="stylesheet" href="/widget/{html.escape(style)}">'] if style else []
    # Preload what the script imports first: otherwise it is requested only after the script has loaded.
    first = (await call.services.assets.name("dashboard.first") or "").split()
    links += [f'<link rel="modulepreload" href="/widget/{html.escape(one)}">' for one in first]
    page = (
        SHELL.replace("{{style}}", "\n".join(links))
        .replace("{{script}}", html.escape(script))
        .replace("{{nonce}}", nonce)
    )
    made = Response(page, content_type=HTML)
    made.headers["Content-Security-Policy"] = _policy(nonce)
    made.headers["Cache-Control"] = "no-store"
    return made


@routes.add("GET", "/app/{path:place}", access=Access.PUBLIC, limit=FILES)
async def dashboard_place(call: Call, place: str) -> Response:
    """Open a page of the dashboard; the dashboard reads the page from the address."""
    del place
    return await dashboard(call)


@routes.add("GET", "/widget-preview", access=Access.PUBLIC, limit=FILES)
async def widget_preview(call: Call) -> Response:
    """Open the preview of a widget, which the dashboard shows in a frame: the embed, with a sample chat."""
    script = await call.services.assets.name("preview.js")
    if script is None:
        return Response(NOT_BUILT, 503, content_type=HTML, headers={"Cache-Control": "no-store"})
    made = Response(PREVIEW.replace("{{script}}", html.escape(script)), content_type=HTML)
    made.headers["Content-Security-Policy"] = PREVIEW_POLICY
    made.headers["Cache-Control"] = "no-store"
    return made


@routes.add("GET", "/demo", access=Access.PUBLIC, limit=FILES)
async def demo(call: Call) -> Response:
    """Open the demo: a customer's page with the widget of the first project. Only with `PARLEY_DEMO`."""
    if not call.services.settings.demo:
        return problems.response("not_found")
    async with call.services.database.connection() as conn:
        project = await projects.first(conn)
    if project is None:
        return problems.response("not_found", "There is no project yet.")
    nonce = secrets.token_urlsafe(18)
    page = DEMO.replace("{{project}}", ids.text(project.id)).replace("<script>", f'<script nonce="{nonce}">')
    made = Response(page, content_type=HTML, headers={"Cache-Control": "no-store"})
    made.headers["Content-Security-Policy"] = _policy(nonce, styles="'self' 'unsafe-inline'")
    return made


@routes.add("GET", "/demo/{path:place}", access=Access.PUBLIC, limit=FILES)
async def demo_place(call: Call, place: str) -> Response:
    """Open another page of the demo site; all pages are one document, as in many shops."""
    return await demo(call) if place in DEMO_PLACES else problems.response("not_found")


def _policy(nonce: str, *, styles: str = "'self'") -> str:
    host = request.headers.get("Host", "")
    # 'self' includes the websocket in current browsers; older ones need it explicitly.
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            f"style-src {styles}",
            "img-src 'self' data:",
            "font-src 'self'",
            "media-src 'self' data:",
            f"connect-src 'self'{sockets}",
            "frame-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _file(asset: Asset, *, cache: str) -> Response:
    return representations.respond(asset, {"Cache-Control": cache, **ANY_PAGE})


def _script_not_built() -> Response:
    """Log the error to the browser's console, without breaking the customer's page."""
    return Response(
        'console.error("Parley: the widget is not built; run `make run` or `make front-end`.");\n',
        503,
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
