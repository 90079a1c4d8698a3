"""The logo of a widget: uploaded as PNG, fetched from the web for an upload, served for ever."""

import hashlib
from typing import Final, Literal, cast
from uuid import UUID

import trio
from quart import Response

from core.appearance import png
from core.appearance.png import NotAPicture
from core.db.appearance import logos as table
from core.db.appearance import looks
from core.ids import ProjectId
from core.outbound import errors
from server.api.appearance import views
from server.api.appearance.schemas import FetchedPicture, Logo, LogoAddress
from server.api.http.calls import Access, Call, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.http.uploads import MEGABYTES, Upload, UploadRule
from server.api.projects import lists
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import Limit

routes = Routes("logos", "The logo in the header of the widget.")
ONE: Final = "projects/{project}/appearance/logo"
PNG: Final = UploadRule(media_types=("image/png",), max_bytes=png.MAX_BYTES, seconds=20.0)
UPLOADS: Final = Limit(30)
SHOWN: Final = Limit(1200)
FETCH_TIMEOUT: Final = 8.0  # seconds
MAX_FETCHED: Final = MEGABYTES
MAX_REDIRECTS: Final = 3
ACCEPT: Final = {"Accept": "image/png,image/webp,image/jpeg,image/gif"}
HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}

Kind = Literal["image/png", "image/jpeg", "image/webp", "image/gif"]


@routes.add(
    "POST",
    ONE,
    access=Access.MANAGER,
    limit=UPLOADS,
    status=201,
    upload=PNG,
    problems=("invalid",),
    audit=AuditRule("logo.uploaded", "logo", fields=("logo",)),
    unkeyed="the same picture is the same logo",
    scope="project:write",
)
async def upload_logo(call: MemberCall, body: Upload) -> Logo:
    """Upload a logo: a PNG of 16 to 256 pixels a side, at most 64 KB.

    It is encoded anew: nothing but the picture is kept. To show it, store its id in the look. Of a project's
    logos the last ten are kept, and the one that is shown.
    """
    given = await body.whole()
    try:
        picture = await trio.to_thread.run_sync(png.rewritten, given)
    except NotAPicture as error:
        raise unfit("file", error.code, error.detail) from None
    logo = hashlib.sha256(picture).digest()[:16]
    async with call.services.database.transaction() as conn:
        await lists.lock(conn, call.project)
        await table.add(conn, call.project, logo, picture, now=call.now)
        kept = await looks.by_project(conn, call.project)
        await table.prune(conn, call.project, shown=kept.look.logo)
        await call.audit(conn, changes={"logo": str(UUID(bytes=logo))})
    return Logo(logo=UUID(bytes=logo), path=views.logo_path(call.project, logo))


@routes.add(
    "POST",
    ONE + "/fetch",
    access=Access.MANAGER,
    limit=UPLOADS,
    problems=("invalid",),
    unkeyed="it reads",
    scope="project:write",
)
async def fetch_logo(call: MemberCall, body: LogoAddress) -> FetchedPicture:
    """Fetch a picture from the web, at most 1 MB, so that a browser can convert it for the upload.

    https:// only, and a public address. 422 at `url`: it cannot be fetched, or is no PNG, JPEG, WebP or GIF.
    """
    try:
        answer = await call.services.fetcher.fetch(
            "GET", body.url, seconds=FETCH_TIMEOUT, most=MAX_FETCHED, redirects=MAX_REDIRECTS, headers=ACCEPT
        )
    except errors.OutboundError as error:
        raise unfit("url", error.code, str(error)) from None
    if answer.status != 200:
        raise unfit("url", "not_fetched", f"That server answers with the status {answer.status}.")
    kind = sniffed(answer.body)
    if kind is None:
        raise unfit("url", "not_a_picture", "There is no PNG, JPEG, WebP or GIF at this address.")
    return FetchedPicture(media_type=kind, content=answer.body)


@routes.add("GET", "/logos/{site}/{logo}", access=Access.PUBLIC, limit=SHOWN)
async def show_logo(call: Call, site: bytes, logo: bytes) -> Response:
    """Show a logo. Its address names its content, so it never changes."""
    async with call.services.database.connection() as conn:
        picture = await table.by_id(conn, ProjectId(site), logo)
    if picture is None:
        raise ApiError("not_found")
    return Response(picture, content_type="image/png", headers=HEADERS)


def sniffed(body: bytes) -> Kind | None:
    """What the bytes are, whatever the server calls them."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    begins: dict[bytes, str] = {
        png.SIGNATURE: "image/png",
        b"\xff\xd8\xff": "image/jpeg",
        b"GIF87a": "image/gif",
        b"GIF89a": "image/gif",
    }
    found = next((kind for begin, kind in begins.items() if body.startswith(begin)), None)
    return cast("Kind | None", found)
