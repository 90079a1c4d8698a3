"""CSV for spreadsheets: in UTF-8 that Excel recognises, and without cells that it would run as a formula."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
BOM: Final = b"\xef\xbb\xbf"
"""The byte order mark: without it Excel reads UTF-8 as the machine's code page."""

# Characters that begin a formula, also in the full-width forms that some locales treat alike.
_SIGN: Final = "[=+\\-@\uff1d\uff0b\uff0d\uff20]"
# Apostrophes before it count, too: then an added one can be distinguished from the cell's own.
_BEGINS: Final = re.compile(rf"'*[\t\r\n]|[\s']*{_SIGN}")
# In locales with another list separator, a cell begins after each of these.
_WITHIN: Final = re.compile(rf"([;,|\t\r\n])(?=[\s\"']*{_SIGN})")
_ADDED_WITHIN: Final = re.compile(rf"([;,|\t\r\n])'(?=[\s\"']*{_SIGN})")


def lines(rows: Sequence[Sequence[str]], *, separator: str = ",") -> bytes:
    """The rows as CSV, every field quoted (RFC 4180), formulas escaped."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def original(cell: str) -> str:
    """What `lines` made the cell from: without the apostrophes that it added."""
    if cell.startswith("'") and _BEGINS.match(cell, 1):
        cell = cell[1:]
    return _ADDED_WITHIN.sub(r"\1", cell)


def _harmless(cell: str) -> str:
    """Escape formulas: add an apostrophe where a spreadsheet would begin one."""
    inside = _WITHIN.sub(r"\1'", cell)
    return "'" + inside if _BEGINS.match(cell) else inside
