"""What an author sends of an article, checked and brought to the form in which it is stored. Pure."""

from typing import Final
from urllib.parse import urlsplit

from core.db.knowledge.versions import Text
from core.knowledge import languages
from core.knowledge.limits import MAX_URL
from core.text import names
from server.api.http.problems import unfit

SCHEMES: Final = frozenset({"http", "https"})


def checked(text: Text) -> Text:
    """The text with a title and category of one line, plain line ends, and a language tag in its usual form.

    Raises ApiError `invalid`.
    """
    title = names.clean(text.title)
    if not names.is_visible(title):
        raise unfit("title", "required", "Enter a title.")
    content = text.content.replace("\r\n", "\n").replace("\r", "\n")
    if not names.is_visible(content):
        raise unfit("content", "required", "Enter the text of the article.")
    url = text.url.strip()
    if url and not is_web_address(url):
        raise unfit("url", "not_a_url", "Enter an address that begins with https:// or http://, or none.")
    check_length(url)
    return Text(
        title=title,
        language=languages.normalised(text.language),
        category=names.clean(text.category),
        url=url,
        content=content,
    )


def check_length(url: str) -> None:
    """Raises ApiError `invalid` for an address that is short in characters and long in bytes."""
    if len(url.encode()) > MAX_URL:
        raise unfit("url", "too_long", f"The address may have {MAX_URL:,} bytes. Write it percent-encoded.")


def is_web_address(url: str) -> bool:
    """Whether it is absolute, of http or https, and names a host without credentials."""
    if not url.isprintable() or any(sign.isspace() for sign in url):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # port raises for what is no number
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(host) and parts.username is None
