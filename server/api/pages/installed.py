"""The dashboard as an installed app: its manifest, and its service worker."""

from typing import Final

import msgspec
from quart import Response, request

from server.api.http import problems
from server.api.http.calls import Access, Call
from server.api.http.routes import Routes
from server.api.pages import representations
from server.api.pages.pages import FILES
from server.api.services.assets import Asset, made

routes = Routes("installed_pages", "The dashboard as an installed app.")

SCOPE: Final = "/app"
REVALIDATED: Final = "no-cache"
WORKER_POLICY: Final = "default-src 'none'; script-src 'self'; connect-src 'self'"
"""The worker fetches the dashboard's own files, and nothing else."""

DESCRIPTIONS: Final = {
    "en": "Answer the visitors of your website.",
    "vi": "Trả lời khách trên trang web của bạn.",
}


_json: Final = msgspec.json.Encoder()


def _manifest(language: str) -> Asset:
    icons = [
        {"src": "/widget/icon-192.png", "sizes": "192x192", "type": "image/png", "purpose": "any"},
        {"src": "/widget/icon-512.png", "sizes": "512x512", "type": "image/png", "purpose": "any"},
        {"src": "/widget/maskable-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    return made(
        _json.encode(
            {
                "id": SCOPE,
                "name": "Parley",
                "short_name": "Parley",
                "description": DESCRIPTIONS[language],
                "lang": language,
                "dir": "ltr",
                "start_url": SCOPE,
                "scope": SCOPE,
                "display": "standalone",
                "background_color": "#ffffff",
                "theme_color": "#4f46e5",
                "categories": ["business", "productivity"],
                "icons": icons,
            }
        ),
        "application/manifest+json",
    )


MANIFESTS: Final = {language: _manifest(language) for language in DESCRIPTIONS}


@routes.add("GET", "/app/manifest.webmanifest", access=Access.PUBLIC, limit=FILES)
async def manifest(call: Call) -> Response:
    """Get what a browser shows when it installs the dashboard, in the first of its languages that we have."""
    del call
    language = request.accept_languages.best_match(list(MANIFESTS)) or "en"
    answer = representations.respond(MANIFESTS[language], {"Cache-Control": REVALIDATED})
    answer.headers.add("Vary", "Accept-Language")
    return answer


@routes.add("GET", "/app/worker.js", access=Access.PUBLIC, limit=FILES)
async def service_worker(call: Call) -> Response:
    """Get the dashboard's service worker. It is asked for again at every load: a release replaces it."""
    asset = await call.services.assets.file("service_worker.js")
    if asset is None:
        return problems.response("not_found")
    return representations.respond(
        asset,
        {
            "Cache-Control": REVALIDATED,
            # Its address is within the folder /app/; the dashboard's first page is /app itself.
            "Service-Worker-Allowed": SCOPE,
            "Content-Security-Policy": WORKER_POLICY,
        },
    )
