"""CSV for spreadsheets: in UTF-8 that Excel recognises, and with no cell that it would run as a formula."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
BOM: Final = b"\xef\xbb\xbf"
"""Before the first line: without it Excel takes UTF-8 for the code page of the machine."""

# What begins a formula, also in the full width that some locales take for the same signs.
_SIGN: Final = "[=+\\-@\uff1d\uff0b\uff0d\uff20]"
_BEGINS: Final = re.compile(rf"[\t\r\n]|\s*{_SIGN}")
# Where the list separator is another than ours, a cell may begin anywhere behind it.
_WITHIN: Final = re.compile(rf"([;,|\t\r\n])(?=[\s\"']*{_SIGN})")


def lines(rows: Sequence[Sequence[str]]) -> bytes:
    """The rows, every field quoted (RFC 4180)."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _harmless(cell: str) -> str:
    """With an apostrophe where a spreadsheet would begin to calculate."""
    inside = _WITHIN.sub(r"\1'", cell)
    return "'" + inside if _BEGINS.match(cell) else inside
