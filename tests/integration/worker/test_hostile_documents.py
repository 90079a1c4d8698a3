"""Documents that may be hostile are read in a process with limits: none of them harms the worker."""

import asyncio
import gzip
import io
import os
import signal
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvloop
from pypdf import PdfReader, PdfWriter

from tests import canaries
from tests.patience import PATIENCE
from worker.knowledge.extraction import extractor as module
from worker.knowledge.extraction.extractor import Extractor
from worker.knowledge.extraction.wire import Addresses, Extracted, Refused

LONG = [
    pytest.param(body, marks=pytest.mark.soak, id=name)
    for name, body in {
        "tables": b"<table><tr><td>" * 100_000 + b"x",
        "attribute": b"<a href='" + b"x" * 5_000_000 + b"'>y</a>",
        "entities": b"<p>" + b"&amp;" * 1_000_000 + b"</p>",
        "attributes": b"<p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">x</p>",
        "nul": b"\0" * 100_000,
        "doctype": b"<!DOCTYPE html [<!ENTITY a '&b;&b;'><!ENTITY b '&a;&a;'>]><p>&a;</p>",
        "odd": "<p>\ud7ff\u202e\u0000</p>".encode(),
    }.items()
]
SECRET = "a secret of the worker that no document may see"
canaries.plant(SECRET)


def run(work: Callable[[Extractor], Awaitable[None]], *, timeout: float = 10.0) -> None:
    async def whole() -> None:
        async with asyncio.timeout(PATIENCE), Extractor(timeout=timeout) as extractor:
            await work(extractor)

    # As the worker: under trio-asyncio's policy, a signal to a process that has just died makes `wait` hang.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(whole())


def read(kind: Any, body: bytes, *, timeout: float = 10.0, **more: str) -> Extracted | Refused:
    found: list[Extracted | Refused] = []

    async def work(extractor: Extractor) -> None:
        found.append(await extractor.document(kind, body, **more))

    run(work, timeout=timeout)
    return found[0]


def pdf(*pages: str, stream: bytes | None = None) -> bytes:
    """A PDF with lines of text; `stream`: in place of the first page's."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R /Lang (vi-VN) >>", b""]
    kids: list[str] = []
    for page in pages:
        lines = "".join(f"({line}) Tj T*\n" for line in page.split("\n"))
        made = stream or zlib.compress(f"BT /F1 12 Tf 14 TL 72 720 Td\n{lines}ET".encode("latin-1"))
        number = len(objects) + 1
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /Contents {number + 1} 0 R /MediaBox [0 0 600 800] "
            "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> "
            ">>".encode()
        )
        objects.append(
            f"<< /Length {len(made)} /Filter /FlateDecode >>\nstream\n".encode() + made + b"\nendstream"
        )
        kids.append(f"{number} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, one in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n".encode() + one + b"\nendobj\n")
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.writelines(f"{place:010} 00000 n \n".encode() for place in places)
    out.write(f"trailer << /Root 1 0 R /Size {len(objects) + 1} >>\nstartxref\n{start}\n%%EOF".encode())
    return out.getvalue()


def encrypted(body: bytes) -> bytes:
    writer, out = PdfWriter(clone_from=PdfReader(io.BytesIO(body))), io.BytesIO()
    writer.encrypt("a password", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def test_a_pdf_gives_its_text() -> None:
    page = "Returns are possible within thirty days after you have\nreceived the parcel.\n# Not a heading"
    found = read("pdf", pdf(page, "Second page."), name="our-returns.pdf")
    assert found == Extracted(
        "our returns",
        "vi-VN",
        "Returns are possible within thirty days after you have received the parcel.\n\n\\# Not a heading\n\n"
        "Second page.",
    )


def test_a_pdf_with_a_password_says_so() -> None:
    assert read("pdf", encrypted(pdf("Text."))) == Refused("encrypted")


def test_a_pdf_whose_page_unpacks_to_gigabytes_is_refused() -> None:
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(b"(x) Tj " * 1_000_000) for _ in range(150)) + packer.flush()
    assert len(bomb) < 10_000_000
    found = read("pdf", pdf("x", stream=bomb))
    assert isinstance(found, Refused)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"%PDF-1.7",
        b"%PDF-1.7\n" + os.urandom(100_000),
        pdf("Text.")[:-200],
        pdf("Text.").replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),  # its pages contain themselves
        pdf("Text.").replace(b"/Count 1", b"/Count 99999999999"),
    ],
)
def test_a_broken_pdf_is_refused_or_read(body: bytes) -> None:
    found = read("pdf", body)
    assert isinstance(found, Refused) or "Text." in found.content


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 1_000_000 + b"deep",
        *LONG,
    ],
)
def test_a_hostile_page_ends_in_time(body: bytes) -> None:
    found = read("html", body, timeout=4.0)
    assert isinstance(found, Refused) or len(found.content) <= 200_000


def test_scripts_and_styles_are_no_text() -> None:
    body = (
        "<html lang=en><title>A</title><style>p{color:red}</style><script>alert('x')</script><main><p>"
        + "This is the text of the article that readers look for. " * 5
        + "<img src=x onerror=alert(1)><script>document.cookie</script></p></main>"
    ).encode()
    found = read("html", body)
    assert isinstance(found, Extracted)
    for word in ("alert", "color", "cookie", "onerror", "<"):
        assert word not in found.content


def test_a_text_beyond_the_limit_is_refused() -> None:
    assert read("text", b"word " * 100_000) == Refused("too_long")


def test_a_page_in_another_charset_is_read() -> None:
    page = (
        "<html><body><main><p>" + "Größe und Maße der Möbel für das Büro. " * 5 + "</p></main></body></html>"
    )
    found = read("html", page.encode("windows-1252"), charset="windows-1252")
    assert isinstance(found, Extracted) and "Größe und Maße" in found.content


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7", "rot13", "hex", "raw_unicode_escape", "a\0b"])
def test_a_charset_that_no_page_is_written_in_is_not_used(charset: str) -> None:
    page = b"A text with \\ud800 and +2AA- in it."
    found = read("text", page, charset=charset)
    assert found == Extracted("", "", page.decode())
    html = b"<html><body><main><p>" + b"A text with \\ud800 in it. " * 9 + b"</p></main></body></html>"
    assert isinstance(read("html", html, charset=charset), Extracted)


@pytest.mark.parametrize(
    ("charset", "said"),
    [
        *(("utf-8", "Größe"), ("UTF-16", "Größe"), ("latin1", "Größe"), ("ISO-8859-2", "źródło")),
        *(("windows-1258", "đ"), ("GB2312", "退款"), ("big5", "退款"), ("Shift_JIS", "返品")),
        *(("euc-kr", "환불"), ("KOI8-R", "возврат"), ("gb18030", "退款"), ("EUC-JP", "返品")),
    ],
)
def test_the_charsets_of_pages_are_read(charset: str, said: str) -> None:
    assert read("text", said.encode(charset), charset=charset) == Extracted("", "", said)


def test_an_address_with_a_nul_is_left_out_of_a_sitemap() -> None:
    async def work(extractor: Extractor) -> None:
        found = await extractor.sitemap(
            b"http://x.example/a\nhttp://x.example/\0b\n", url="http://x.example/"
        )
        assert found == Addresses(["http://x.example/a"], [])

    run(work)


def test_a_sitemap_cannot_grow_by_entities_or_name_files() -> None:
    bomb = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
    <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>
    <urlset><url><loc>http://x.example/&b;</loc></url><url><loc>http://x.example/&f;</loc></url></urlset>"""

    async def work(extractor: Extractor) -> None:
        found = await extractor.sitemap(bomb, url="http://x.example/sitemap.xml")
        assert isinstance(found, Refused) or not any(
            "root:" in page or "aaaa" in page for page in found.pages
        )
        packed = gzip.compress(b"<urlset>" + b" " * 50_000_000)
        assert await extractor.sitemap(packed, url="http://x.example/") == Refused("too_large")
        good = gzip.compress(b"<urlset><url><loc>/a</loc></url></urlset>")
        assert await extractor.sitemap(good, url="http://x.example/s.xml") == Addresses(
            ["http://x.example/a"], []
        )
        lines = await extractor.sitemap(b"http://x.example/a\nhttp://x.example/b\n", url="http://x.example/")
        assert lines == Addresses(["http://x.example/a", "http://x.example/b"], [])

    run(work)


def test_a_document_that_takes_too_long_is_ended_and_the_next_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work(extractor: Extractor) -> None:
        await extractor.document("text", b"first")
        process = extractor._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)  # it is silent, as in an endless loop
        assert await extractor.document("text", b"second") == Refused("too_slow")
        assert process.returncode is not None
        assert await extractor.document("text", b"third") == Extracted("", "", "third")

    run(work, timeout=1.0)


def test_a_process_that_died_is_started_again() -> None:
    async def work(extractor: Extractor) -> None:
        await extractor.document("text", b"first")
        process = extractor._process
        assert process is not None
        process.kill()
        await process.wait()
        assert await extractor.document("text", b"second") == Extracted("", "", "second")

    run(work)


def test_a_process_that_dies_with_a_document_is_started_again_for_the_next() -> None:
    async def work(extractor: Extractor) -> None:
        await extractor.document("text", b"first")
        process = extractor._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)  # it dies with what it was given, not before
        async with asyncio.TaskGroup() as group:
            second = group.create_task(extractor.document("text", b"second"))
            await asyncio.sleep(0)
            process.kill()
        assert second.result() == Refused("too_large")
        assert await extractor.document("text", b"third") == Extracted("", "", "third")

    run(work)


def test_the_process_has_none_of_the_workers_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_SECRET_KEY", SECRET)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)

    async def work(extractor: Extractor) -> None:
        await extractor.document("text", b"first")
        assert extractor._process is not None
        environ = (await asyncio.to_thread(_environ, extractor._process.pid)).decode()
        assert SECRET not in environ and "PATH=" in environ

    run(work)
    assert "PARLEY_SECRET_KEY" not in module.INHERITED


def _environ(pid: int) -> bytes:
    with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123  not a file
        return file.read()
