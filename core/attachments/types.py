"""The types of files that may be sent, recognised by their bytes: names and clients may lie.

Our own table instead of a library's: it is as long as the list of what is allowed, and each format is
recognised at its first byte, so that a file of two formats is not mistaken for the harmless one.
"""

from typing import Final

import msgspec


class FileType(msgspec.Struct, frozen=True):
    """`extensions`: the first one is appended to a name that has none of them. `is_image`: made anew here."""

    media_type: str
    extensions: tuple[str, ...]
    is_image: bool = False


JPEG: Final = FileType("image/jpeg", (".jpg", ".jpeg"), is_image=True)
PNG: Final = FileType("image/png", (".png",), is_image=True)
GIF: Final = FileType("image/gif", (".gif",), is_image=True)
WEBP: Final = FileType("image/webp", (".webp",), is_image=True)
PDF: Final = FileType("application/pdf", (".pdf",))
ZIP: Final = FileType("application/zip", (".zip",))
TEXT: Final = FileType("text/plain", (".txt", ".log", ".md", ".csv", ".json"))
MP3: Final = FileType("audio/mpeg", (".mp3",))
OGG: Final = FileType("audio/ogg", (".ogg", ".oga", ".opus"))
WAV: Final = FileType("audio/wav", (".wav",))
M4A: Final = FileType("audio/mp4", (".m4a",))
MP4: Final = FileType("video/mp4", (".mp4", ".m4v"))
MOV: Final = FileType("video/quicktime", (".mov",))
WEBM: Final = FileType("video/webm", (".webm",))

_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
DOCX: Final = FileType(_OFFICE + "wordprocessingml.document", (".docx",))
XLSX: Final = FileType(_OFFICE + "spreadsheetml.sheet", (".xlsx",))
PPTX: Final = FileType(_OFFICE + "presentationml.presentation", (".pptx",))
_OPEN: Final = "application/vnd.oasis.opendocument."
ODT: Final = FileType(_OPEN + "text", (".odt",))
ODS: Final = FileType(_OPEN + "spreadsheet", (".ods",))
ODP: Final = FileType(_OPEN + "presentation", (".odp",))

ALL: Final = (
    JPEG, PNG, GIF, WEBP, PDF, ZIP, TEXT, MP3, OGG, WAV, M4A, MP4, MOV, WEBM,
    DOCX, XLSX, PPTX, ODT, ODS, ODP,
)  # fmt: skip
BY_MEDIA_TYPE: Final = {one.media_type: one for one in ALL}
ACCEPT: Final = (
    *dict.fromkeys(one.media_type for one in ALL),
    *dict.fromkeys(extension for one in ALL for extension in one.extensions),
)
"""For the `accept` of a field: some systems know extensions only."""

HEAD: Final = 64  # bytes that `by_head` needs

_STARTS: Final = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),  # without an entry
    (b"ID3", MP3),
    (b"OggS\x00", OGG),
    (b"\x1aE\xdf\xa3", WEBM),
)
_BRANDS: Final = {b"M4A ": M4A, b"M4B ": M4A, b"qt  ": MOV}
_MP4_BRANDS: Final = (
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"dash",
)
_MP3_FRAMES: Final = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")


def by_head(head: bytes) -> FileType | None:
    """The type that a file with these first bytes claims to be; None: text, or nothing that is allowed."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12])
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return _BRANDS.get(brand) or (MP4 if brand in _MP4_BRANDS else None)
    return MP3 if head[:2] in _MP3_FRAMES else None
