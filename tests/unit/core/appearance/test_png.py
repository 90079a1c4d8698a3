"""Logos: the picture alone survives, and nothing but a small PNG is taken."""

import struct
import zlib

import pytest

from core.appearance.png import MAX_BYTES, SIGNATURE, NotAPicture, rewritten


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    width: int = 32, height: int = 32, *extra: bytes, pixels: bytes | None = None, interlace: int = 0
) -> bytes:
    """A picture of 8-bit RGBA."""
    lines = (b"\x00" + b"\x10\x20\x30\xff" * width) * height if pixels is None else pixels
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, interlace)
    parts = [chunk(b"IHDR", head), *extra, chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b"")]
    return SIGNATURE + b"".join(parts)


def test_a_picture_keeps_its_pixels_and_nothing_else() -> None:
    secret = chunk(b"tEXt", b"Comment\x00GPS 48.1, 11.5")
    made = rewritten(png(32, 32, secret, chunk(b"eXIf", b"II*\x00")) + b"<script>")
    assert made == rewritten(png())
    assert b"GPS" not in made
    assert b"script" not in made


def test_the_same_picture_is_the_same_bytes_however_it_was_compressed() -> None:
    lines = (b"\x00" + b"\x10\x20\x30\xff" * 32) * 32
    stored = png().replace(chunk(b"IDAT", zlib.compress(lines)), chunk(b"IDAT", zlib.compress(lines, 0)))
    assert rewritten(stored) == rewritten(png())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (b"\xff\xd8\xff\xe0 a JPEG", "not_a_png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_png"),
        (SIGNATURE, "malformed"),
        (png()[:-4], "malformed"),
        (png()[:40] + b"\x00" + png()[41:], "malformed"),
        (png(8, 8), "wrong_size"),
        (png(512, 32), "wrong_size"),
        (png(interlace=1), "interlaced"),
        (png(pixels=b"\x00" * 100), "malformed"),
        (png(pixels=b"\x00" * 10_000_000), "malformed"),
        (png(pixels=(b"\x09" + b"\x00" * 128) * 32), "malformed"),
        (png(32, 32, chunk(b"PLTE", b"\x00" * 2_000)), "malformed"),
    ],
)
def test_what_is_no_small_png_is_refused(given: bytes, code: str) -> None:
    with pytest.raises(NotAPicture) as caught:
        rewritten(given)
    assert caught.value.code == code


def test_a_picture_that_stays_too_large_is_refused() -> None:
    noise = b"".join(
        b"\x00" + b"".join(zlib.crc32(bytes([x & 255, y & 255])).to_bytes(4, "big") for x in range(256))
        for y in range(256)
    )
    with pytest.raises(NotAPicture) as caught:
        rewritten(png(256, 256, pixels=noise))
    assert caught.value.code == "too_large"
    assert len(noise) > MAX_BYTES
