"""Makes the documents of the help page: templates, one style sheet, and no script."""

import base64
import hashlib
from pathlib import Path
from typing import Any, Final

import jinja2
from quart import Response

from server.api.help import places, texts
from server.api.pages import representations
from server.api.services import assets
from server.api.services.assets import Asset

HTML: Final = "text/html; charset=utf-8"
FOLDER: Final = Path(__file__).parent / "documents"
STYLE: Final = (FOLDER / "style.css").read_text("utf-8")
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
CACHE: Final = "public, max-age=60"

_templates: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals |= {"places": places, "style": STYLE}
_templates.filters |= {"language": texts.name}


def document(template: str, **given: Any) -> Asset:
    """The page as bytes, plain and compressed."""
    page = _templates.get_template(f"{template}.html").render(**given)
    return assets.made(page.encode(), HTML)


def respond(page: Asset, *, status: int = 200, cache: str = CACHE, varies: bool = False) -> Response:
    """`varies`: it depends on the languages of the reader's browser."""
    made = representations.respond(page, {"Cache-Control": cache, "Content-Security-Policy": POLICY})
    if made.status_code == 200:
        made.status_code = status
    if varies:
        made.headers["Vary"] = ", ".join(filter(None, (made.headers.get("Vary"), "Accept-Language")))
    return made
