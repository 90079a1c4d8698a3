"""The Markdown of an article as HTML, for the help page: the subset that widget/src/ui/article.ts draws.

The parser makes no HTML of the author's, and its tokens are checked: links lead to http and https, images
become links, so that reading an article asks no other server for anything. nh3 is the second lock.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_NESTING: Final = 20
MAX_BRACKETS: Final = 5_000  # beyond them, brackets are text: looking for their ends takes long
LINK_REL: Final = "noopener noreferrer nofollow ugc"
TAGS: Final = {
    *("a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre"),
    *("strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES: Final = {"a": {"href"}, "ol": {"start"}, "pre": {"tabindex"}, "table": {"tabindex"}}

_OFF: Final = ["html_block", "html_inline", "entity", "reference", "code"]
_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they would show another address
_HIDDEN: Final = re.compile(f"[{_BIDI}]")
_ADDRESS: Final = re.compile(rf"""https?://[^\s<>"'`|\\^{{}}{_BIDI}]{{1,2000}}""", re.IGNORECASE)
_PUNCTUATION: Final = ".,;:!?*_"

_full: Final = (
    MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING}).enable("table").disable(_OFF)
)
_without_links: Final = (
    MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
    .enable("table")
    .disable([*_OFF, "link", "image"])
)


def html(content: str) -> str:
    """HTML that is safe to show. Takes up to a second of CPU: call it in a thread."""
    parser = _full if content.count("[") <= MAX_BRACKETS else _without_links
    tokens = parser.parse(content.replace("\0", ""))
    _rank(tokens)
    for token in tokens:
        if token.type == "inline" and token.children is not None:
            token.children = list(_addresses(_links(token.children)))
        elif token.type in {"fence", "code_block"}:
            token.info = ""  # no class of its language
        elif token.type == "table_open":
            token.attrSet("tabindex", "0")  # it may be wider than the page: scrolled by keyboard
        else:
            token.attrs.pop("style", None)
    made: str = parser.renderer.render(tokens, parser.options, {})
    clean: str = nh3.clean(
        made.replace("<pre>", '<pre tabindex="0">'),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel=LINK_REL,
    )
    return clean


def safe_href(address: str) -> str | None:
    """The address, if it is one of the web, without a user's name in it."""
    try:
        parts = urlsplit(address)
        host, user = parts.hostname, parts.username
    except ValueError:
        return None
    web = parts.scheme in {"http", "https"} and host and "%" not in host and user is None
    return address if web and not _HIDDEN.search(address) else None


def _rank(tokens: Sequence[Token]) -> None:
    """No level of headings is skipped, and the article's title is the only one of the first."""
    heads = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    levels = sorted({token.tag for token in heads})
    last = 0
    for token in heads:
        if token.type == "heading_open":
            last = min(levels.index(token.tag) + 1, last + 1)
        token.tag = f"h{min(6, 1 + last)}"


def _links(tokens: Sequence[Token]) -> Iterator[Token]:
    """Without links that lead nowhere or into other schemes; an image as a link to it, or as its text."""
    inside = False
    kept: list[bool] = []  # of the open links
    for token in tokens:
        match token.type:
            case "link_open":
                href = safe_href(str(token.attrGet("href") or ""))
                kept.append(href is not None)
                inside = any(kept)
                if href is not None:
                    token.attrs = {"href": href}
                    yield token
            case "link_close":
                if kept.pop():
                    yield token
                inside = any(kept)
            case "image":
                source = safe_href(str(token.attrGet("src") or ""))
                said = _text(token.content or source or "")
                yield from _link(source, [said]) if source and not inside else [said]
            case _:
                yield token


def _addresses(tokens: Iterator[Token]) -> Iterator[Token]:
    """Web addresses in the text as links."""
    inside = 0
    for token in tokens:
        inside += token.nesting if token.type in {"link_open", "link_close"} else 0
        if token.type != "text" or inside or "://" not in token.content:
            yield token
            continue
        end = 0
        for found in _ADDRESS.finditer(token.content):
            address = _trimmed(found.group())
            href = safe_href(address)
            if href is None or token.content[: found.start()][-1:].isalnum():
                continue
            yield _text(token.content[end : found.start()])
            yield from _link(href, [_text(address)])
            end = found.start() + len(address)
        yield _text(token.content[end:])


def _trimmed(address: str) -> str:
    """Without the end of the sentence around it."""
    while True:
        shorter = address.rstrip(_PUNCTUATION)
        for opener, closer in ("()", "[]"):
            if shorter.endswith(closer) and shorter.count(opener) < shorter.count(closer):
                shorter = shorter[:-1]
        if shorter == address:
            return address
        address = shorter


def _link(href: str, content: Sequence[Token]) -> Iterator[Token]:
    yield Token("link_open", "a", 1, attrs={"href": href})
    yield from content
    yield Token("link_close", "a", -1)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
