"""In the process that reads documents: makes Markdown of HTML, text and PDF, and addresses of sitemaps."""

import codecs
import gzip
import io
import logging
import re
import zlib
from pathlib import PurePath
from typing import Final
from urllib.parse import urljoin

import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from trafilatura.metadata import extract_metadata
from trafilatura.utils import load_html

from core.knowledge.limits import MAX_CONTENT, MAX_URL
from worker.knowledge.extraction.wire import (
    MEGABYTES,
    Addresses,
    Answer,
    Asked,
    Extracted,
    Refused,
)

MAX_PAGES: Final = 500  # of a PDF
MAX_UNPACKED: Final = 20 * MEGABYTES  # of a compressed sitemap
MAX_URLES: Final = 5_000  # of one sitemap
_FRONT: Final = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_HEADING: Final = re.compile(r"\A\s*#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|\Z)")
_CHARSETS: Final = re.compile(
    r"ascii|utf-8(-sig)?|utf-16(-[bl]e)?|iso8859-\d+|cp125\d|cp874|gb2312|gbk|gb18030|big5(hkscs)?|cp9(32|49|50)"
    r"|shift_jis(_2004|x0213)?|euc_\w+|koi8-[rtu]"
)
_BLANKS: Final = re.compile(r"\n{3,}")

for _name in ("trafilatura", "pypdf", "htmldate", "courlan", "justext"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def read(asked: Asked, body: bytes) -> Answer:
    """Raises only MemoryError."""
    try:
        match asked.kind:
            case "html":
                return _bounded(_html(asked, body))
            case "markdown":
                return _bounded(_markdown(asked, _text(asked, body)))
            case "text":
                return _bounded(Extracted(_stem(asked.name), "", _text(asked, body)))
            case "pdf":
                return _bounded(_pdf(asked, body))
            case "sitemap":
                return _sitemap(asked, body)
    except (MemoryError, RecursionError):
        return Refused("too_large")
    except _Refusal as refusal:
        return refusal.answer
    except Exception:  # noqa: BLE001  what a library raises for broken input is no promise
        return Refused("unreadable")


class _Refusal(Exception):
    def __init__(self, answer: Refused) -> None:
        super().__init__(answer.code)
        self.answer = answer


def _bounded(found: Extracted) -> Answer:
    content = _BLANKS.sub(
        "\n\n", found.content.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    ).strip()
    title = " ".join(found.title.replace("\0", "").split())
    if (heading := _HEADING.match(content)) and " ".join(heading[1].split()) == title:
        content = content[heading.end() :].strip()
    if not any(char.isalnum() for char in content):
        return Refused("no_text")
    if len(content) > MAX_CONTENT:
        return Refused("too_long")
    return Extracted(title, found.language.strip()[:40], content)


def _charset(asked: Asked) -> str:
    """As Python names what the document's server said; empty for what no page is written in.

    Python has many more, such as `unicode_escape`, and some of them make text that is no Unicode.
    """
    try:
        name = codecs.lookup(asked.charset).name
    except (LookupError, ValueError):
        return ""
    return name if _CHARSETS.fullmatch(name) else ""


def _text(asked: Asked, body: bytes) -> str:
    for charset in (_charset(asked), "utf-8-sig", "windows-1252"):
        try:
            return body.decode(charset or "utf-8-sig")
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", "replace")


def _html(asked: Asked, body: bytes) -> Extracted:
    """The main part of the page. Where nothing looks like it, all of its text."""
    charset = _charset(asked)
    given: str | bytes = body.decode(charset, "replace") if charset else body
    tree = load_html(given)
    if tree is None:
        raise _Refusal(Refused("unreadable"))
    language = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    meta = extract_metadata(tree, default_url=asked.url or None)
    content = trafilatura.extract(
        tree,
        url=asked.url or None,
        output_format="markdown",
        include_links=True,
        include_tables=True,
        include_comments=False,
    )
    if not content:
        content = trafilatura.html2txt(given) or ""
    return Extracted(meta.title or _title(tree) or _stem(asked.name), language, content)


def _title(tree: HtmlElement) -> str:
    found = tree.find(".//title")
    return "" if found is None or found.text is None else str(found.text)


def _markdown(asked: Asked, text: str) -> Extracted:
    """With what its front matter says, if it has one."""
    said: dict[str, str] = {}
    if front := _FRONT.match(text):
        text = text[front.end() :]
        for line in front[1].split("\n"):
            name, colon, value = line.partition(":")
            if colon and not name.startswith((" ", "\t", "#")):
                said[name.strip().lower()] = value.strip().strip("\"'")
    heading = _HEADING.match(text)
    title = said.get("title") or (heading[1] if heading else "") or _stem(asked.name)
    return Extracted(title, said.get("language") or said.get("lang") or "", text)


def _pdf(asked: Asked, body: bytes) -> Extracted:
    reader = PdfReader(io.BytesIO(body), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise _Refusal(Refused("encrypted"))
    try:
        count = len(reader.pages)
    except PyPdfError:
        raise _Refusal(Refused("unreadable")) from None
    if count > MAX_PAGES:
        raise _Refusal(Refused("too_long"))
    parts: list[str] = []
    size = 0
    for page in reader.pages:
        parts.append(_paragraphs(page.extract_text() or ""))
        size += len(parts[-1])
        if size > MAX_CONTENT:
            raise _Refusal(Refused("too_long"))
    named = reader.metadata.title if reader.metadata is not None else None
    language = reader.root_object.get("/Lang", "")
    return Extracted(str(named or "") or _stem(asked.name), str(language), "\n\n".join(filter(None, parts)))


def _paragraphs(text: str) -> str:
    """Lines of a page end where its columns end, so they are joined; what begins like an item begins one."""
    kept: list[str] = []
    for line in (one.strip() for one in text.split("\n")):
        joins = (
            kept
            and kept[-1]
            and line
            and not line.startswith(("-", "\u2022", "*", "#"))
            and (kept[-1][-1] not in ".!?:;" and len(kept[-1]) > 40)
        )
        if joins:
            kept[-1] = f"{kept[-1]} {line}"
        else:
            kept.append(_escaped(line))
    return "\n\n".join(line for line in kept if line)


def _escaped(line: str) -> str:
    """A line of plain text that Markdown must not take for a heading or a quotation."""
    line = f"- {line[1:].strip()}" if line.startswith("\u2022") else line
    return f"\\{line}" if line.startswith(("#", ">", "`", "~")) else line


def _stem(name: str) -> str:
    return PurePath(name).stem.replace("_", " ").replace("-", " ").strip()


def _sitemap(asked: Asked, body: bytes) -> Answer:
    if body.startswith(b"\x1f\x8b"):
        body = _unpacked(body)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return _listed(asked, body)
    found: dict[str, list[str]] = {"url": [], "sitemap": []}
    for one in root.iter("{*}loc"):
        parent = one.getparent()
        name = "" if parent is None else etree.QName(parent).localname
        if name in found and one.text and len(found[name]) < MAX_URLES:
            found[name].append(urljoin(asked.url, one.text.strip())[:MAX_URL])
    return Addresses(found["url"], found["sitemap"])


def _listed(asked: Asked, body: bytes) -> Answer:
    """A sitemap may also be a text file with an address a line."""
    lines = [line.strip() for line in _text(asked, body).split("\n")]
    found = [line for line in lines if line.startswith(("http://", "https://"))]
    if not found or len(found) < len([line for line in lines if line]):
        return Refused("unreadable")
    whole = [line[:MAX_URL] for line in found if "\0" not in line]  # the database has no such text
    return Addresses(whole[:MAX_URLES], [])


def _unpacked(body: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            found = file.read(MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error):
        raise _Refusal(Refused("unreadable")) from None
    if len(found) > MAX_UNPACKED:
        raise _Refusal(Refused("too_large"))
    return found
