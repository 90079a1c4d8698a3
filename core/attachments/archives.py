"""Archives: what their directory says, without unpacking anything."""

import zipfile
from pathlib import Path
from typing import Final

from core.attachments import limits, types
from core.attachments.types import FileType

AMBIGUOUS: Final = "ambiguous"
BOMB: Final = "archive_bomb"
DAMAGED: Final = "damaged"
MACROS: Final = "macros"
NOT_ALLOWED: Final = "type_not_allowed"

_PROGRAMS: Final = (
    ".exe", ".com", ".scr", ".bat", ".cmd", ".msi", ".dll", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf",
    ".hta", ".lnk", ".jar", ".apk", ".app", ".sh", ".html", ".htm", ".xhtml", ".svg", ".iso", ".img", ".reg",
)  # fmt: skip
"""What an attacker wants people to open; no archive may have it. Documents have none of them."""
_OFFICE: Final = {"word/": types.DOCX, "xl/": types.XLSX, "ppt/": types.PPTX}
_OPEN: Final = {one.media_type: one for one in (types.ODT, types.ODS, types.ODP)}
_MIMETYPE: Final = "mimetype"
_END: Final = 22  # bytes of the last record, without a comment
_MAX_MIMETYPE: Final = 200  # bytes


class Refusal(Exception):
    """Why the file is not accepted, as a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def archive_type(source: Path) -> FileType:
    """Whether it is a document or an archive of any files; raises Refusal."""
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            _check(source, entries)
            return _type(archive, entries)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError):
        raise Refusal(DAMAGED) from None


def _check(source: Path, entries: list[zipfile.ZipInfo]) -> None:
    size = source.stat().st_size
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > limits.MAX_ENTRIES or unpacked > limits.MAX_UNPACKED:
        raise Refusal(BOMB)
    if unpacked > limits.RATIO_FROM and unpacked > size * limits.MAX_RATIO:
        raise Refusal(BOMB)
    if sum(entry.compress_size for entry in entries) > size:  # entries that share their bytes
        raise Refusal(BOMB)
    if any(entry.flag_bits & 1 for entry in entries):  # encrypted: what is in it is not known
        raise Refusal(NOT_ALLOWED)
    if entries and min(entry.header_offset for entry in entries) != 0:
        raise Refusal(AMBIGUOUS)  # something stands before the archive
    with source.open("rb") as file:
        file.seek(-_END, 2)
        if file.read(4) != b"PK\x05\x06":
            raise Refusal(AMBIGUOUS)  # or behind it


def _type(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> FileType:
    names = [entry.filename.lower() for entry in entries]
    if any("vbaproject" in name or name.endswith((".docm", ".xlsm", ".pptm")) for name in names):
        raise Refusal(MACROS)
    if any(name.rstrip(" .").endswith(_PROGRAMS) for name in names):
        raise Refusal(NOT_ALLOWED)
    if "[content_types].xml" in names:
        for folder, kind in _OFFICE.items():
            if any(name.startswith(folder) for name in names):
                return kind
    if entries and names[0] == _MIMETYPE and entries[0].file_size <= _MAX_MIMETYPE:
        said = archive.read(entries[0]).decode("ascii", "replace").strip()
        if said in _OPEN:
            if any(name.startswith(("basic/", "scripts/")) for name in names):
                raise Refusal(MACROS)
            return _OPEN[said]
    return types.ZIP
