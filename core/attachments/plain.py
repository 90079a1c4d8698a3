"""Text, and what only looks like it; and formats that are recognised but not opened."""

import re
from pathlib import Path
from typing import Final

from core.attachments.archives import AMBIGUOUS, DAMAGED, MACROS, NOT_ALLOWED, Refusal

_MARKUP: Final = re.compile(
    rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|object|embed|img|xml|\?xml|math|style|link|meta)\b|<\?(?:xml|php)",
    re.IGNORECASE,
)
"""What a browser could take for a page: our headers forbid it, other programs may not."""
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_TAIL: Final = 65_557  # bytes in which an archive's directory can end
_PDF_START: Final = b"%PDF-"
_PDF_PLACE: Final = 1_024  # bytes in which readers look for the start
_ACTIVE_PDF: Final = re.compile(rb"/(?:JavaScript|Launch|RichMedia)\b")
"""Long words: three random bytes among ten million would often be `/JS`."""
_HTML_PLACE: Final = 1_024  # bytes that browsers look at


def check_text(source: Path) -> None:
    """Raises Refusal unless it is UTF-8 text that no program takes for anything else."""
    data = source.read_bytes()
    if _CONTROLS.search(data) or data.startswith(b"#!") or _MARKUP.search(data[:_HTML_PLACE]):
        raise Refusal(NOT_ALLOWED)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(NOT_ALLOWED) from None
    _refuse_second_format(data)


def check_pdf(source: Path) -> None:
    """Raises Refusal for one that is no PDF to its end, or that does something when it is opened."""
    data = source.read_bytes()
    if b"%%EOF" not in data[-1_024:]:
        raise Refusal(DAMAGED)
    if _ACTIVE_PDF.search(data):
        raise Refusal(MACROS)
    _refuse_second_format(data, of_pdf=True)


def check_media(source: Path) -> None:
    """Raises Refusal for a sound or a film that is another format, too."""
    _refuse_second_format(source.read_bytes())


def _refuse_second_format(data: bytes, *, of_pdf: bool = False) -> None:
    if _ZIP_END in data[-_ZIP_TAIL:]:
        raise Refusal(AMBIGUOUS)
    if not of_pdf and _PDF_START in data[:_PDF_PLACE]:
        raise Refusal(AMBIGUOUS)
    if _MARKUP.search(data[:_HTML_PLACE]):
        raise Refusal(AMBIGUOUS)
