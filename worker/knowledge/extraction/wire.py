"""What the worker and the process that reads documents say to each other: length-prefixed JSON and bytes."""

import struct
from typing import Final, Literal

import msgspec

LENGTH: Final = struct.Struct(">I")
MEGABYTES: Final = 1024 * 1024
MAX_ANSWER: Final = 4 * MEGABYTES

Kind = Literal["html", "markdown", "text", "pdf", "sitemap"]
Code = Literal[
    "unreadable",  # it is not what it says, or broken
    "encrypted",  # a PDF with a password
    "no_text",
    "too_long",
    "too_slow",
    "too_large",  # it needs more memory than it gets
]


class Asked(msgspec.Struct, frozen=True):
    """The head of a document; `size` bytes follow. `charset`: what its server said, or empty."""

    kind: Kind
    size: int
    url: str = ""
    charset: str = ""
    name: str = ""  # of a file


class Extracted(msgspec.Struct, frozen=True, tag="document"):
    """A document as Markdown. `language`: what it says, or empty."""

    title: str
    language: str
    content: str


class Addresses(msgspec.Struct, frozen=True, tag="addresses"):
    """What a sitemap lists."""

    pages: list[str]
    sitemaps: list[str]


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Why there is nothing."""

    code: Code


Answer = Extracted | Addresses | Refused
