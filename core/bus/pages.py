"""Truncates the URLs and titles that browsers send: bounded in bytes, not characters."""

import zlib
from typing import Final

URL_BYTES: Final = 240
TITLE_BYTES: Final = 100
FIRST_URL_BYTES: Final = 160
REFERRER_BYTES: Final = 120
BROWSER_BYTES: Final = 160
LANGUAGE_BYTES: Final = 16
TAB_BYTES: Final = 4  # of a tab's random id: enough to distinguish five tabs of one visitor

_ESCAPE: Final = 3  # bytes of `%XX`


def cut_text(text: str, most: int) -> str:
    """At most `most` bytes of UTF-8, cut between characters."""
    data = text.encode()
    return text if len(data) <= most else data[:most].decode(errors="ignore")


def cut_url(url: str, most: int) -> str:
    """At most `most` bytes, cut between query parameters where possible, and never within an escape."""
    if len(url) <= most and url.isascii():
        return url
    cut = cut_text(url, most)
    if cut == url:
        return url
    if "?" in cut:
        return cut[: max(cut.rfind("&"), cut.rfind("?"))]
    escape = cut.rfind("%", -_ESCAPE + 1)
    return cut if escape < 0 else cut[:escape]


def tab_mark(tab: bytes, url: str) -> bytes:
    """A short hash of tab and page, stored with the visit; empty when either is unknown."""
    return tab[:TAB_BYTES] + zlib.crc32(url.encode()).to_bytes(4, "big") if tab and url else b""
