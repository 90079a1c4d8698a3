"""Which files become articles: by the ending of their name, and by their media type."""

from typing import Final, Literal

FileKind = Literal["html", "markdown", "text", "pdf"]

ENDINGS: Final[dict[str, FileKind]] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
    ".pdf": "pdf",
}
MEDIA_TYPES: Final[dict[str, FileKind]] = {
    "text/markdown": "markdown",
    "text/html": "html",
    "text/plain": "text",
    "application/pdf": "pdf",
}
_USUAL: Final[dict[FileKind, str]] = {"markdown": ".md", "html": ".html", "text": ".txt", "pdf": ".pdf"}


def kind(name: str) -> FileKind:
    """By the ending of the name; any other is text."""
    return next((one for ending, one in ENDINGS.items() if name.lower().endswith(ending)), "text")


def named(name: str, media_type: str) -> str:
    """The name with an ending that says its kind: its own, unless the media type is a more special one.

    Browsers call Markdown plain text.
    """
    sent = MEDIA_TYPES[media_type]
    if kind(name) == sent or (sent == "text" and name.lower().endswith(tuple(ENDINGS))):
        return name
    return name + _USUAL[sent]
