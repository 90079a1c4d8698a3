"""The text of a message with files: for search, snippets, mails and clients that do not know the kind."""

from collections.abc import Sequence
from typing import Final

from core.content import AttachedFile

MAX_LENGTH: Final = 5_000  # characters, as of every text


def names(files: Sequence[AttachedFile]) -> str:
    """The names of the files."""
    return ", ".join(one.name for one in files)[:MAX_LENGTH]
