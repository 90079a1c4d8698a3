"""Hostile files, each with what becomes of it: a media type, or the code of the refusal.

docs/reference/attachments.md lists them under the same names; test_hostile_files.py compares the two.
"""

import copy
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, Final

from PIL import Image, PngImagePlugin

SCRIPT: Final = b"<script>alert(document.cookie)</script>"
JS: Final = b"*/=1;alert(document.cookie)//"
_TWO: Final = ((200, 10, 10), (10, 10, 200))


def picture(form: str, size: tuple[int, int] = (60, 40), **given: Any) -> bytes:
    made, found = Image.new("RGB", size, _TWO[0]), io.BytesIO()
    made.paste(_TWO[1], (0, 0, size[0] // 2, size[1]))
    made.save(found, form, **given)
    return found.getvalue()


def archive(*entries: tuple[str, bytes], change: Callable[[zipfile.ZipFile], None] | None = None) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries:
            made.writestr(name, data)
        if change is not None:
            change(made)
    return found.getvalue()


def pdf(inner: bytes = b"", end: bytes = b"%%EOF\n") -> bytes:
    return b"%PDF-1.7\n1 0 obj<</Type/Catalog" + inner + b">>endobj\ntrailer<</Root 1 0 R>>\n" + end


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_size(width: int, height: int) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def png_with_text(text: str, *, packed: bool = False) -> bytes:
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", text, zip=packed)
    return picture("PNG", pnginfo=said)


def animation(frames: int, size: tuple[int, int]) -> bytes:
    made, found = [Image.new("P", size, n % 251) for n in range(frames)], io.BytesIO()
    for n, one in enumerate(made):
        one.putpixel((n % size[0], (n // size[0]) % size[1]), (n * 7 + 1) % 256)
    made[0].save(found, "GIF", save_all=True, append_images=made[1:], duration=20)
    return found.getvalue()


def with_place() -> bytes:
    """A photo on its side, whose metadata say where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (21.0, 1.0, 42.0), 3: "E", 4: (105.0, 51.0, 0.0)})
    return picture("JPEG", exif=exif)


def _twice(made: zipfile.ZipFile) -> None:
    for n in range(5):
        again = copy.copy(made.filelist[0])
        again.filename = again.orig_filename = f"again-{n}"
        made.filelist.append(again)


def _locked(made: zipfile.ZipFile) -> None:
    made.filelist[0].flag_bits |= 1


def docx(*more: tuple[str, bytes]) -> bytes:
    return archive(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<document/>"), *more)


NOT_ALLOWED: Final = "type_not_allowed"
NOISE: Final = bytes((n * 7919 + n // 256) % 256 for n in range(4096))

REFUSED: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "HTML named photo.jpg": (lambda: b"<!DOCTYPE html>" + SCRIPT, NOT_ALLOWED),
    "HTML behind 500 blanks": (lambda: b" " * 500 + b"<html>" + SCRIPT, NOT_ALLOWED),
    "XHTML": (lambda: b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', NOT_ALLOWED),
    "SVG with a script": (
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
        NOT_ALLOWED,
    ),
    "SVG behind a byte order mark": (
        lambda: b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg onload='x()'/>",
        NOT_ALLOWED,
    ),
    "a program for Windows named invoice.pdf": (lambda: b"MZ\x90\x00" + NOISE, NOT_ALLOWED),
    "a program for Linux": (lambda: b"\x7fELF\x02\x01\x01" + NOISE, NOT_ALLOWED),
    "a shell script": (lambda: b"#!/bin/sh\nrm -rf ~\n", NOT_ALLOWED),
    "PHP": (lambda: b"<?php system($_GET['c']);", NOT_ALLOWED),
    "text with a NUL": (lambda: b"hello\0world", NOT_ALLOWED),
    "text in Latin-1": (lambda: "Grüße".encode("latin-1"), NOT_ALLOWED),
    "a BMP picture": (lambda: picture("BMP"), NOT_ALLOWED),
    "a TIFF picture": (lambda: picture("TIFF"), NOT_ALLOWED),
    "a HEIC picture": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + NOISE, NOT_ALLOWED),
    "a gzip file": (lambda: b"\x1f\x8b\x08\0" + NOISE, NOT_ALLOWED),
    "a 7z archive": (lambda: b"7z\xbc\xaf\x27\x1c" + NOISE, NOT_ALLOWED),
    "a ZIP behind a shell script": (lambda: b"#!/bin/sh\nexit\n" + archive(("a.txt", b"a")), NOT_ALLOWED),
    "a ZIP with a program": (lambda: archive(("setup.exe", b"MZ")), NOT_ALLOWED),
    "a ZIP with an SVG": (lambda: archive(("a/b.svg", b"<svg/>")), NOT_ALLOWED),
    "a ZIP with a password": (lambda: archive(("a.txt", b"a"), change=_locked), NOT_ALLOWED),
    "a ZIP with bytes behind it": (lambda: archive(("a.txt", b"a")) + SCRIPT, "ambiguous"),
    "a PDF that is a ZIP": (lambda: pdf(end=b"") + archive(("a.txt", b"a")) + b"%%EOF", "ambiguous"),
    "a text that is a PDF": (lambda: b"hello\n" + pdf(), "ambiguous"),
    "a sound that is HTML": (lambda: b"ID3\x03\0\0\0\0\0\x21" + b"<html>" + SCRIPT + NOISE, "ambiguous"),
    "a ZIP that becomes 60 MB": (lambda: archive(("a.txt", bytes(60_000_000))), "archive_bomb"),
    "a ZIP whose entries share their bytes": (lambda: archive(("a", NOISE), change=_twice), "archive_bomb"),
    "a ZIP with 6,000 entries": (lambda: archive(*((f"{n}", b"") for n in range(6_000))), "archive_bomb"),
    "a ZIP whose directory is cut": (lambda: archive(("a.txt", NOISE))[:-30], "damaged"),
    "a document with macros": (lambda: docx(("word/vbaProject.bin", b"x")), "macros"),
    "a PDF with JavaScript": (lambda: pdf(b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), "macros"),
    "a PDF that starts a program": (lambda: pdf(b"/OpenAction<</S/Launch/F(cmd.exe)>>"), "macros"),
    "a PDF without an end": (lambda: pdf(end=b""), "damaged"),
    "a PNG of 2,500 megapixels in 1 KB": (lambda: png_of_size(50_000, 50_000), "image_too_large"),
    "a PNG of 36 megapixels": (lambda: png_of_size(6_000, 6_000), "image_too_large"),
    "an animation of 300 pictures": (lambda: animation(300, (40, 30)), "image_too_large"),
    "an animation of 29 megapixels": (lambda: animation(10, (1_700, 1_700)), "image_too_large"),
    "half a JPEG": (lambda: picture("JPEG", (400, 300))[:2_000], "damaged"),
    "a PNG with a wrong checksum": (lambda: picture("PNG").replace(b"IDAT", b"IDAT\0", 1), "damaged"),
    "the first bytes of a JPEG and noise": (lambda: b"\xff\xd8\xff\xe0" + NOISE, "damaged"),
    "a PNG whose comment becomes 8 MB": (lambda: png_with_text("a" * 8_000_000, packed=True), "damaged"),
}
"""By what the file is: its bytes, and the code."""

CLEANED: Final[dict[str, tuple[Callable[[], bytes], str, tuple[bytes, ...]]]] = {
    "a photo that says where it was taken": (with_place, "image/jpeg", (b"Exif", b"Secret Camera")),
    "a GIF that is JavaScript": (
        lambda: picture("GIF").replace(b"GIF89a", b"GIF89a", 1) + JS, "image/gif", (b"alert",)
    ),
    "a JPEG with a ZIP behind it": (
        lambda: picture("JPEG") + archive(("a.exe", b"MZ")), "image/jpeg", (b"PK\x03\x04", b"a.exe")
    ),
    "a JPEG with a script in its comment": (
        lambda: picture("JPEG", comment=SCRIPT), "image/jpeg", (b"script",)
    ),
    "a PNG with a script in its text": (lambda: png_with_text(SCRIPT.decode()), "image/png", (b"script",)),
    "a WebP with a script in its metadata": (
        lambda: picture("WEBP", xmp=b"<x:xmpmeta>" + SCRIPT), "image/webp", (b"script", b"xmpmeta")
    ),
}  # fmt: skip
"""Pictures that are accepted, without what was hidden in them: their bytes, their type, what is gone."""

HARMLESS: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "a JPEG": (lambda: picture("JPEG"), "image/jpeg"),
    "an animation": (lambda: animation(5, (40, 30)), "image/gif"),
    "a PDF": (pdf, "application/pdf"),
    "a text": ("Xin chào\n<b>1 < 2</b>".encode, "text/plain"),
    "a document": (
        docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
    "a text document": (
        lambda: archive(("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<x/>")),
        "application/vnd.oasis.opendocument.text",
    ),
    "an archive": (lambda: archive(("a.txt", b"a"), ("b.csv", b"1,2")), "application/zip"),
    "an empty archive": (archive, "application/zip"),
    "a film": (lambda: b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + NOISE, "video/mp4"),
}  # fmt: skip
