"""The addresses of a sitemap and of those that it names, all of one host."""

from typing import Final
from urllib.parse import urldefrag, urlsplit

from core.db.knowledge.imports import MAX_PAGES
from core.knowledge.limits import MAX_URL
from worker.knowledge.extraction.extractor import Extractor
from worker.knowledge.extraction.wire import Refused
from worker.knowledge.imports.fetching import NotFetched, PageFetcher

MAX_SITEMAPS: Final = 20


async def addresses(fetcher: PageFetcher, extractor: Extractor, url: str) -> tuple[list[str], str]:
    """Up to MAX_PAGES, each once, and a code if there are more. Raises NotFetched for the first sitemap.

    One that another names and that cannot be read is left out.
    """
    host = _host(url)
    found: dict[str, None] = {}
    waiting, seen = [url], {url}
    note = ""
    while waiting:
        one = waiting.pop(0)
        try:
            listed = await extractor.sitemap(await fetcher.sitemap(one), url=one)
            if isinstance(listed, Refused):
                raise NotFetched(listed.code)
        except NotFetched:
            if one == url:
                raise
            note = "sitemap_left_out"
            continue
        pages = dict.fromkeys(urldefrag(page).url for page in listed.pages if _host(page) == host)
        found |= {page: None for page in pages if len(page.encode()) <= MAX_URL}
        if len(found) > MAX_PAGES:
            return list(found)[:MAX_PAGES], "too_many_pages"
        for each in listed.sitemaps:
            if _host(each) == host and each not in seen:
                if len(seen) >= MAX_SITEMAPS:
                    note = "too_many_sitemaps"
                    break
                seen.add(each)
                waiting.append(each)
    return list(found), note


def _host(url: str) -> str:
    """With its port; empty for what is no web address."""
    try:
        parts = urlsplit(url)
        return parts.netloc.lower() if parts.scheme in {"http", "https"} else ""
    except ValueError:
        return ""
