"""CSV that Excel opens unchanged, in any locale, and that contains no formula."""

import csv
import io
from random import Random

import pytest

from server.api.http import spreadsheet


def cells(text: str, *, separator: str) -> list[str]:
    """A line as split by a spreadsheet that does not know our quotes."""
    return [cell.strip().strip('"').lstrip() for cell in text.split(separator)]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "  =1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "\u00a0=1+1",
        "＝1+1",  # noqa: RUF001  full width
        "x;=1+1;y",
        "x; =1+1",
        'x;"=1+1"',
        "x,=1+1",
        "x\t=1+1",
        "x|@SUM(A1)",
        "x\n-2+3",
        "Nguyễn; +84",
    ],
)
@pytest.mark.parametrize("separator", [";", ",", "\t", "|", "\n"])
def test_no_cell_is_a_formula_whichever_separator_a_locale_uses(text: str, separator: str) -> None:
    made = spreadsheet.lines([["2026", text, "Mai"]]).decode()
    for cell in cells(made, separator=separator):
        assert not cell.startswith(("=", "+", "-", "@", "＝")), made  # noqa: RUF001


@pytest.mark.parametrize(
    "text", ["Nguyễn Thị Mai", 'she said "yes"', "a;b", "1 + 1 = 2", "mai@shop.example", ""]
)
def test_other_texts_round_trip(text: str) -> None:
    made = spreadsheet.lines([[text, "x"]]).decode()
    assert made.startswith('"')
    assert next(csv.reader(io.StringIO(made))) == [text, "x"]


@pytest.mark.parametrize("seed", range(20))
def test_reading_a_cell_takes_away_exactly_what_writing_added(seed: int) -> None:
    random = Random(seed)
    for _ in range(500):
        cell = "".join(random.choices("='+-@;,| \t\n\r\"ab＝", k=random.randint(0, 8)))  # noqa: RUF001
        made = spreadsheet.lines([[cell, "x"]]).decode()
        (read, _) = next(csv.reader(io.StringIO(made, newline="")))
        assert spreadsheet.original(read) == cell, made
