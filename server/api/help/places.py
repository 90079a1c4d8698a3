"""Addresses of the help page: /help/<project>/<article>/<slug>. Pure."""

from typing import Final
from urllib.parse import quote, urlencode

from core import ids
from core.text.folding import fold

MAX_SLUG: Final = 80  # code points


def slug(title: str) -> str:
    """The title as a part of an address: "doi-tra-va-hoan-tien"."""
    words = "".join(char if char.isalnum() else " " for char in fold(title)).split()
    return "-".join(words)[:MAX_SLUG].strip("-") or "article"


def index(project: bytes, **asked: str) -> str:
    """`asked`: the query, without what is empty."""
    given = {name: value for name, value in asked.items() if value}
    return f"/help/{ids.text(project)}" + (f"?{urlencode(given)}" if given else "")


def category(project: bytes, name: str, language: str, *, page: int = 1) -> str:
    """The list of a category, which may be the empty one."""
    asked = {"language": language, "category": name} | ({"page": str(page)} if page > 1 else {})
    return f"/help/{ids.text(project)}?{urlencode(asked)}"


def article(project: bytes, one: bytes, title: str) -> str:
    return f"/help/{ids.text(project)}/{ids.text(one)}/{quote(slug(title))}"


def feedback(project: bytes, one: bytes) -> str:
    return f"/help/{ids.text(project)}/{ids.text(one)}/feedback"


def sitemap(project: bytes) -> str:
    return f"/help/{ids.text(project)}/sitemap.xml"
