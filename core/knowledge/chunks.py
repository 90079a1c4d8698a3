"""Cuts an article's Markdown into chunks: at headings, then paragraphs, lines, sentences and words."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from core.assistant.context import BYTES_PER_TOKEN

MAX_TOKENS: Final = 400
MAX_CHUNKS: Final = 1_000  # of an article; its content has at most 200,000 code points
MAX_HEADING: Final = 300  # code points of a path
BETWEEN: Final = " \u203a "  # headings of a path

# Content is long, and written by strangers when it is imported: no pattern may look at a character for every
# other one, or one article stops the whole process for minutes.
_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_UNDERLINE: Final = re.compile(r" {0,3}(=+|-{2,})[ \t]*")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_SENTENCE: Final = re.compile(r"(?<=[.!?\u2026\u3002\uff01\uff1f])\s+|(?<=[\u3002\uff01\uff1f])")
_MARKS: Final = re.compile(r"[*_`]+|!?\[([^\[\]]{0,500})\]\([^()]{0,2000}\)")


class Chunk(msgspec.Struct, frozen=True):
    """`heading`: the headings above it, outermost first. `content`: Markdown."""

    heading: str
    content: str


def chunks(content: str) -> list[Chunk]:
    """In the order of the text; none is larger than MAX_TOKENS, and none is without text."""
    made: list[Chunk] = []
    for heading, text in _sections(content.replace("\r\n", "\n").replace("\r", "\n")):
        made.extend(Chunk(heading, part) for part in _cut(text))
    return made[:MAX_CHUNKS]


def tokens(text: str) -> int:
    """An estimate, as for a model's context."""
    return len(text.encode()) // BYTES_PER_TOKEN + 1


def _sections(content: str) -> Iterator[tuple[str, str]]:
    """Each heading's path, and the text below it up to the next heading."""
    path: list[tuple[int, str]] = []
    lines: list[str] = []
    fence = ""
    for line in content.split("\n"):
        level, title = (0, "") if fence else _heading(line, lines)
        fence = _fence(line, fence)
        if not level:
            lines.append(line)
            continue
        yield _path(path), "\n".join(lines)
        lines = []
        path = [one for one in path if one[0] < level]
        path.append((level, _MARKS.sub(r"\1", title).strip()))
    yield _path(path), "\n".join(lines)


def _heading(line: str, before: list[str]) -> tuple[int, str]:
    """The level of a heading that ends with this line, and its title; level 0: there is none.

    An underlined one takes its title from `before`.
    """
    if found := _HEADING.fullmatch(line):
        return len(found[1]), _unclosed(found[2].strip(" \t"))
    alone = before and before[-1].strip() and (len(before) == 1 or not before[-2].strip())
    if (
        alone
        and (found := _UNDERLINE.fullmatch(line))
        and not before[-1].lstrip().startswith(("-", "|", ">"))
    ):
        return (1 if found[1].startswith("=") else 2), before.pop()
    return 0, ""


def _unclosed(title: str) -> str:
    """Without the signs that may close a heading, after a blank."""
    kept = title.rstrip("#")
    return kept.rstrip(" \t") if kept.endswith((" ", "\t")) else title


def _fence(line: str, fence: str) -> str:
    """The fence that is open after this line; in it nothing is a heading."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return found[1]
    return "" if found[1].startswith(fence) else fence


def _path(path: Sequence[tuple[int, str]]) -> str:
    return BETWEEN.join(title for _, title in path if title)[:MAX_HEADING]


def _cut(text: str) -> list[str]:
    """Whole paragraphs as far as they fit together, and long ones in pieces."""
    paragraphs = [one.strip("\n") for one in re.split(r"\n[ \t]*\n", text)]
    pieces = [piece for one in paragraphs if one.strip() for piece in _pieces(one)]
    return _joined(pieces, "\n\n")


def _pieces(paragraph: str) -> list[str]:
    """A paragraph that fits, or its lines, sentences and at last words, as many together as fit."""
    if tokens(paragraph) <= MAX_TOKENS:
        return [paragraph]
    lines = [one for one in paragraph.split("\n") if one.strip()]
    if len(lines) > 1:
        return _joined([piece for line in lines for piece in _pieces(line)], "\n")
    sentences = [one for one in _SENTENCE.split(paragraph) if one.strip()]
    if len(sentences) > 1:
        return _joined([piece for one in sentences for piece in _pieces(one)], " ")
    words = [piece for word in paragraph.split() for piece in _characters(word)]
    return _joined(words, " ")


def _characters(word: str) -> list[str]:
    """A word without end, such as a data: address, is cut anywhere."""
    if tokens(word) <= MAX_TOKENS:
        return [word]
    size = (MAX_TOKENS - 1) * BYTES_PER_TOKEN // 4  # code points that fit whatever their bytes
    return [word[at : at + size] for at in range(0, len(word), size)]


def _joined(pieces: Sequence[str], between: str) -> list[str]:
    found: list[str] = []
    size = 0
    for piece in pieces:
        own = len(piece.encode()) + len(between)
        if found and (size + own) // BYTES_PER_TOKEN + 1 <= MAX_TOKENS:
            found[-1] += between + piece
            size += own
        else:
            found.append(piece)
            size = own
    return found
