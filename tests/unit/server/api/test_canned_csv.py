"""Canned responses as CSV: what spreadsheets write is read, mistakes have their line, nothing is lost."""

import pytest

from core.db.canned_responses.imports import NewResponse
from core.db.canned_responses.responses import MAX_PER_PROJECT
from server.api.canned_responses import csv_file
from server.api.canned_responses.csv_file import COLUMNS, Separator, Unreadable

BOM = "\ufeff"


def read(text: str) -> csv_file.CsvFile:
    return csv_file.read(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "shortcut,content,category\r\nhi,Hello,Start\r\n",
        "shortcut;content;category\nhi;Hello;Start",
        "shortcut\tcontent\tcategory\nhi\tHello\tStart\n",
        BOM + '"Shortcut";"Content";"Category"\r\n"hi";"Hello";"Start"\r\n',
        "sep=;\r\nshortcut;content;category\r\nhi;Hello;Start\r\n",
        "category,content,shortcut\nStart,Hello,/hi\n",
        "\n\nshortcut,content,category\n\nhi,Hello,Start\n,,\n",
    ],
)
def test_what_a_spreadsheet_of_any_locale_writes_is_read(text: str) -> None:
    file = read(text)
    assert [(row.shortcut, row.content, row.category) for row in file.rows] == [("hi", "Hello", "Start")]
    assert not file.mistakes and not file.ignored


def test_lines_are_counted_as_an_editor_shows_them() -> None:
    file = read('shortcut,content\na,"one\ntwo"\n\nb,x\ntwo words,x\n')
    assert [(row.shortcut, row.line) for row in file.rows] == [("a", 2), ("b", 5)]
    assert [(one.line, one.code) for one in file.mistakes] == [(6, "shortcut")]
    assert [row.line for row in read("sep=,\nshortcut,content\na,x\n").rows] == [3]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("two words,x", "shortcut"),
        (",x", "shortcut"),
        ("é,x", "shortcut"),
        (f"{'a' * 51},x", "shortcut"),
        ("a,", "content"),
        ("a", "content"),
        ("a,\u200b", "content"),
        ("a,\0", "content"),
        (f"a,{'x' * 5_001}", "too_long"),
        (f"a,x,{'c' * 51}", "category"),
        ('a,x,"one\ntwo"', "category"),
        ("a,x,c,lost", "columns"),
        ("GOOD,again", "duplicate"),
    ],
)
def test_a_mistake_has_its_line_and_leaves_the_other_lines(line: str, code: str) -> None:
    file = read(f"shortcut,content,category\ngood,x,\n{line}\nlast,x,\n")
    assert [(one.line, one.code) for one in file.mistakes] == [(3, code)]
    assert [row.shortcut for row in file.rows] == ["good", "last"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"shortcut,content\n", "empty"),
        (b"shortcut,text\na,b\n", "header"),
        (b"a,b\n", "header"),
        (b"shortcut,shortcut,content\na,b,c\n", "header"),
        ("shortcut,content\na,é\n".encode("latin-1"), "encoding"),
        ("shortcut,content\na,b\n".encode("utf-16"), "encoding"),
        (b'shortcut,content\na,"never closed\n', "quotes"),
        (b'shortcut,content\na,"x"y\n', "quotes"),
        (b"shortcut,content\na," + b"x" * 200_000, "quotes"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        csv_file.read(data)
    assert caught.value.code == code and caught.value.detail.endswith(".")


def test_more_lines_than_a_project_may_have_are_refused() -> None:
    lines = [f"s{number},x" for number in range(MAX_PER_PROJECT)]
    assert len(read("\n".join(["shortcut,content", *lines])).rows) == MAX_PER_PROJECT
    with pytest.raises(Unreadable) as caught:
        read("\n".join(["shortcut,content", *lines, "one-more,x"]))
    assert caught.value.code == "too_many"


def test_columns_of_others_are_named() -> None:
    file = read("shortcut,content,Uses,\na,x,3,\n")
    assert file.ignored == ["Uses"] and [row.shortcut for row in file.rows] == ["a"]


@pytest.mark.parametrize("separator", ["comma", "semicolon", "tab"])
def test_an_export_is_read_as_it_was(separator: Separator) -> None:
    texts = [
        "Hello {{visitor.name|there}},\n\n- one\n- two; +84 123",
        '=1+1 "quoted"',
        "'=1+1",
        "\tx;y,z",
        "line\r\nline",
        "Chúng tôi hoàn tiền trong bảy ngày.",
    ]
    written = csv_file.written([COLUMNS], separator) + csv_file.written(
        [(f"s{number}", text, "@team") for number, text in enumerate(texts)], separator
    )
    read_again = csv_file.read(BOM.encode() + written).rows
    assert [row.content for row in read_again] == texts
    assert {row.category for row in read_again} == {"@team"}
    assert isinstance(read_again[0], NewResponse)
