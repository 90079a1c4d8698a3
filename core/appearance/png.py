"""Reads a small PNG and writes it anew: the picture alone, no text, profile, animation or trailing bytes.

PNG alone, because its format is small enough to check whole, without a decoder written in C. The dashboard
converts other formats: in a browser, decoders run in a sandbox.
"""

import struct
import zlib
from typing import Final, NamedTuple

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_SIDE: Final = 256  # px
MIN_SIDE: Final = 16  # px
MAX_BYTES: Final = 64 * 1024
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_DEPTHS: Final = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
_KEPT: Final = (b"PLTE", b"tRNS")
_FILTERS: Final = 5  # kinds of filter, the first byte of a line


class NotAPicture(ValueError):
    """The bytes are not a PNG that we take. `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class _Head(NamedTuple):
    width: int
    height: int
    depth: int
    kind: int
    compression: int
    filtering: int
    interlace: int


def rewritten(given: bytes) -> bytes:
    """The same picture as a new PNG of at most MAX_BYTES; raises NotAPicture."""
    chunks = _chunks(given)
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13 or chunks[-1][0] != b"IEND":
        raise _malformed()
    head = _checked(_Head(*struct.unpack(">IIBBBBB", chunks[0][1])))
    pixels = _pixels(head, b"".join(data for name, data in chunks if name == b"IDAT"))
    kept = [(name, data) for name, data in chunks if name in _KEPT]
    names = [name for name, _ in kept]
    if len(set(names)) < len(names) or any(len(data) > 768 for _, data in kept):
        raise _malformed()
    if head.kind == 3 and names[:1] != [b"PLTE"]:
        raise _malformed()
    made = b"".join(
        [
            SIGNATURE,
            _chunk(b"IHDR", chunks[0][1]),
            *(_chunk(name, data) for name, data in kept),
            _chunk(b"IDAT", zlib.compress(pixels, 9)),
            _chunk(b"IEND", b""),
        ]
    )
    if len(made) > MAX_BYTES:
        raise NotAPicture("too_large", f"The picture is larger than {MAX_BYTES:,} bytes.")
    return made


def _chunks(given: bytes) -> list[tuple[bytes, bytes]]:
    """Name and content of each chunk up to IEND, with their checksums verified."""
    if not given.startswith(SIGNATURE):
        raise NotAPicture("not_a_png", "Send a PNG.")
    found: list[tuple[bytes, bytes]] = []
    at = len(SIGNATURE)
    while at + 12 <= len(given):
        (length,) = struct.unpack_from(">I", given, at)
        name, data = given[at + 4 : at + 8], given[at + 8 : at + 8 + length]
        end = at + 8 + length
        if end + 4 > len(given) or struct.unpack_from(">I", given, end)[0] != zlib.crc32(name + data):
            raise _malformed()
        found.append((name, data))
        if name == b"IEND":
            return found
        at = end + 4
    raise _malformed()


def _checked(head: _Head) -> _Head:
    if head.depth not in _DEPTHS.get(head.kind, ()) or head.compression or head.filtering:
        raise _malformed()
    if head.interlace:
        raise NotAPicture("interlaced", "The picture must not be interlaced.")
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in (head.width, head.height)):
        raise NotAPicture("wrong_size", f"Width and height must be between {MIN_SIDE} and {MAX_SIDE} pixels.")
    return head


def _pixels(head: _Head, packed: bytes) -> bytes:
    """The filtered lines; exactly as many bytes as the size says."""
    line = 1 + (head.width * head.depth * _CHANNELS[head.kind] + 7) // 8
    wanted = line * head.height
    inflate = zlib.decompressobj()
    try:
        found = inflate.decompress(packed, wanted + 1)
    except zlib.error:
        raise _malformed() from None
    if len(found) != wanted or any(found[at] >= _FILTERS for at in range(0, wanted, line)):
        raise _malformed()
    return found


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _malformed() -> NotAPicture:
    return NotAPicture("malformed", "The picture is cut off or malformed.")
