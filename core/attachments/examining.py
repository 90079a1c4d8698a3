"""What is found out about an uploaded file before anybody can load it. Runs in a process of its own."""

from pathlib import Path
from typing import Final

import msgspec

from core.attachments import archives, plain, types
from core.attachments.archives import NOT_ALLOWED, Refusal
from core.attachments.types import FileType

TOO_COMPLEX: Final = "too_complex"


class Found(msgspec.Struct, frozen=True, tag="found"):
    """An accepted file. `width`, `height`: of a picture, which was made anew. `thumbnail`: it was written."""

    media_type: str
    width: int | None = None
    height: int | None = None
    thumbnail: bool = False


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Why a file is not accepted: a stable code."""

    reason: str


class Asked(msgspec.Struct, frozen=True):
    """A file to examine. A picture is written anew to `picture`, and small to `thumbnail`."""

    source: str
    picture: str
    thumbnail: str


Verdict = Found | Refused


def examine(asked: Asked) -> Verdict:
    """Never raises for what is in a file, except MemoryError."""
    source = Path(asked.source)
    try:
        with source.open("rb") as file:
            kind = types.by_head(file.read(types.HEAD))
        if kind is not None and kind.is_image:
            return _picture(asked, kind)
        return Found(_checked(source, kind).media_type)
    except Refusal as refusal:
        return Refused(refusal.reason)
    except RecursionError:
        return Refused(TOO_COMPLEX)


def _picture(asked: Asked, kind: FileType) -> Found:
    from core.attachments import pictures  # loads a large library

    width, height = pictures.make_anew(
        Path(asked.source), kind, picture=Path(asked.picture), thumbnail=Path(asked.thumbnail)
    )
    return Found(kind.media_type, width, height, thumbnail=True)


def _checked(source: Path, kind: FileType | None) -> FileType:
    if kind is None:
        plain.check_text(source)
        return types.TEXT
    if kind is types.ZIP:
        return archives.archive_type(source)
    if kind is types.PDF:
        plain.check_pdf(source)
    elif kind.media_type.startswith(("audio/", "video/")):
        plain.check_media(source)
    else:
        raise Refusal(NOT_ALLOWED)
    return kind
