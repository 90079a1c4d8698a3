"""Canned responses as CSV: written for spreadsheets; read strictly, with the line of each mistake. Pure."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec

from core.db.canned_responses.imports import NewResponse
from core.db.canned_responses.responses import MAX_PER_PROJECT
from core.text import names
from server.api.canned_responses.schemas import CATEGORY, CONTENT, SHORTCUT
from server.api.http import spreadsheet

COLUMNS: Final = ("shortcut", "content", "category")
REQUIRED: Final = ("shortcut", "content")
Separator = Literal["comma", "semicolon", "tab"]
SEPARATORS: Final[Mapping[Separator, str]] = {"comma": ",", "semicolon": ";", "tab": "\t"}

SHOWN: Final = 60  # characters of a wrong shortcut

_SHORTCUT: Final = re.compile(SHORTCUT)
_SEPARATOR_LINE: Final = re.compile(r"\A\"?sep=([,;\t])\"?\r?\n")  # written and read by Excel
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")


class Mistake(msgspec.Struct, frozen=True):
    """Why a line cannot be imported. `code` is stable; `line` counts from 1, the header included."""

    line: int
    shortcut: str
    code: str
    detail: str


class CsvFile(msgspec.Struct, frozen=True):
    """The responses of a file with their lines, its mistakes, and the columns that are not ours."""

    rows: Sequence[NewResponse]
    mistakes: Sequence[Mistake]
    ignored: Sequence[str]


class Unreadable(Exception):
    """The file as a whole cannot be read."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def written(responses: Sequence[Sequence[str]], separator: Separator) -> bytes:
    """Lines of a file, without the header's byte order mark."""
    return spreadsheet.lines(responses, separator=SEPARATORS[separator])


def read(data: bytes) -> CsvFile:
    """Raises Unreadable. A separator other than the comma is found by the header."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("encoding", "The file is not UTF-8. Save it as “CSV UTF-8”.") from None
    records = _records(text)
    header = next(records, None)
    if header is None:
        raise Unreadable("empty", "The file is empty.")
    named = [cell.strip().lower() for cell in header[1]]
    missing = [name for name in REQUIRED if name not in named]
    if missing or any(named.count(name) > 1 for name in COLUMNS):
        raise Unreadable(
            "header", "The first line must name the columns: shortcut, content and, if you like, category."
        )
    places: dict[str, int] = {name: named.index(name) for name in COLUMNS if name in named}
    ignored = [cell for cell, name in zip(header[1], named, strict=True) if name and name not in COLUMNS]
    rows: list[NewResponse] = []
    mistakes: list[Mistake] = []
    lines: dict[str, int] = {}  # of each shortcut
    for line, cells in records:
        if len(rows) + len(mistakes) == MAX_PER_PROJECT:
            raise Unreadable("too_many", f"The limit is {MAX_PER_PROJECT:,} lines. Divide the file.")
        found = _response(line, cells, places, width=len(named))
        if isinstance(found, NewResponse):
            first = lines.setdefault(found.shortcut.lower(), line)
            if first != line:
                text_of = f"Line {first} has the same shortcut."
                found = Mistake(line, found.shortcut, "duplicate", text_of)
        if isinstance(found, NewResponse):
            rows.append(found)
        else:
            mistakes.append(found)
    if not rows and not mistakes:
        raise Unreadable("empty", "The file has no responses below its header.")
    return CsvFile(rows, mistakes, ignored)


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """The records that are not empty, each with the line it begins on. Raises Unreadable."""
    separator, skipped = ",", 0
    said = _SEPARATOR_LINE.match(text)
    if said is not None:
        separator, skipped = said[1], 1
        text = text[said.end() :]
    else:
        first = text.lstrip("\r\n").partition("\n")[0]
        separator = max(SEPARATORS.values(), key=first.count)
    # `newline=""`: line breaks inside of cells stay as they are.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Unreadable(
                "quotes", f"The quotation marks or the length of the cell in line {line} are wrong."
            ) from None
        if any(cell.strip() for cell in cells):
            yield line, cells


def _response(
    line: int, cells: Sequence[str], places: Mapping[str, int], *, width: int
) -> NewResponse | Mistake:
    given = {
        name: spreadsheet.original(cells[place]) if place < len(cells) else ""
        for name, place in places.items()
    }
    shortcut, content, category = (given.get(name, "") for name in COLUMNS)
    shortcut = shortcut.strip().removeprefix("/")
    category = category.strip()

    def wrong(code: str, detail: str) -> Mistake:
        return Mistake(line, names.clean(shortcut)[:SHOWN], code, detail)

    if any(cell.strip() for cell in cells[width:]):
        return wrong("columns", "The line has more cells than the header. Put texts in quotation marks.")
    if not _SHORTCUT.match(shortcut):
        return wrong("shortcut", "A shortcut has 1 to 50 letters without accents, digits, “-” or “_”.")
    if "\0" in content or not names.is_visible(content):
        return wrong("content", "The text is missing.")
    if len(content) > CONTENT:
        return wrong("too_long", f"The text has {len(content):,} characters. The limit is {CONTENT:,}.")
    if len(category) > CATEGORY or _CONTROLS.search(category):
        return wrong("category", f"A category is one line of at most {CATEGORY} characters.")
    return NewResponse(line, shortcut, content, names.clean(category))
