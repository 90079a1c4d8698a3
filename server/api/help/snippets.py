"""A few plain words of an article for a list. Pure."""

import re
from typing import Final

SNIPPET: Final = 160  # code points
ITEM: Final = "•"  # before each item of a list; those of a numbered one keep their numbers
_HEADING: Final = re.compile(r"^ {0,3}#{1,6} .*$", re.MULTILINE)
_MARKS: Final = (
    (re.compile(r"^ {0,3}(?:```|~~~)[^\n]*$", re.MULTILINE), ""),
    (re.compile(r"^ {0,3}(?:[-*_] ?){3,}$|^[|:\- ]+$", re.MULTILINE), ""),
    (re.compile(r"^ {0,3}(?:#{1,6}|>)(?= |$)", re.MULTILINE), ""),
    (re.compile(r"^[ \t]{0,12}[-*+](?:[ \t]+\[[ xX]\])?(?=[ \t]|$)", re.MULTILINE), f" {ITEM} "),
    (re.compile(r"!?\[([^\[\]]{0,500})\]\([^()\n]{0,2000}\)"), r"\1"),
    (re.compile(r"(?<!\w)[*_`|]{1,3}|[*_`|]{1,3}(?!\w)"), ""),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)
_ITEMS: Final = re.compile(f"(?:{ITEM} ?)+")


def snippet(markdown: str) -> str:
    """The beginning of the text without marks, on one line; headings only if there is nothing else."""
    begin = markdown[:2_000]
    text = _plain(_HEADING.sub("", begin)) or _plain(begin)
    if len(text) <= SNIPPET:
        return text
    cut = text[: SNIPPET - 1]
    at_word = cut.rfind(" ")
    return cut[: at_word if at_word > SNIPPET // 2 else SNIPPET - 1].rstrip(f" ,.;:{ITEM}") + "…"


def _plain(text: str) -> str:
    for pattern, plain in _MARKS:
        text = pattern.sub(plain, text)
    # One mark before an item; none before the first words, and none after the last.
    return _ITEMS.sub(f"{ITEM} ", " ".join(text.split())).strip(f"{ITEM} ")
