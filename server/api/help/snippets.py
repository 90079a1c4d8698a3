"""A few plain words of an article for a list. Pure."""

import re
from typing import Final

SNIPPET: Final = 160  # code points
_HEADING: Final = re.compile(r"^ {0,3}#{1,6} .*$", re.MULTILINE)
_MARKS: Final = (
    (re.compile(r"^ {0,3}(?:```|~~~)[^\n]*$", re.MULTILINE), ""),
    (re.compile(r"^ {0,3}(?:[-*_] ?){3,}$|^[|:\- ]+$", re.MULTILINE), ""),
    (re.compile(r"^ {0,3}(?:#{1,6}|>|[-*+]|\d{1,9}[.)])(?= |$)", re.MULTILINE), ""),
    (re.compile(r"!?\[([^\[\]]{0,500})\]\([^()\n]{0,2000}\)"), r"\1"),
    (re.compile(r"(?<!\w)[*_`|]{1,3}|[*_`|]{1,3}(?!\w)"), ""),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)


def snippet(markdown: str) -> str:
    """The beginning of the text without marks, on one line; headings only if there is nothing else."""
    begin = markdown[:2_000]
    text = _plain(_HEADING.sub("", begin)) or _plain(begin)
    if len(text) <= SNIPPET:
        return text
    cut = text[: SNIPPET - 1]
    at_word = cut.rfind(" ")
    return cut[: at_word if at_word > SNIPPET // 2 else SNIPPET - 1].rstrip(" ,.;:") + "…"


def _plain(text: str) -> str:
    for pattern, plain in _MARKS:
        text = pattern.sub(plain, text)
    return " ".join(text.split())
