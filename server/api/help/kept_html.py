"""The HTML of the articles that were read last: an imported text can take seconds to render."""

import hashlib
import threading
from collections import OrderedDict
from typing import Final

from server.api.help import markdown

MAX_CODE_POINTS: Final = 8_000_000  # code points


class KeptHtml:
    """By the text of the article. Threads share it; the one that was not used longest goes first."""

    def __init__(self, *, most: int = MAX_CODE_POINTS) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, str] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def html(self, content: str) -> str:
        """As markdown.html. What is longer than everything together is not kept."""
        key = hashlib.sha256(content.encode()).digest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = markdown.html(content)
        with self._lock:
            if key not in self._kept and len(made) <= self._most:
                self._kept[key] = made
                self._size += len(made)
            while self._size > self._most:
                self._size -= len(self._kept.popitem(last=False)[1])
        return made


html: Final = KeptHtml().html
