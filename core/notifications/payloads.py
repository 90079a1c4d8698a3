"""What travels in a push message: only what the lock screen may show, and where a click leads."""

import unicodedata
from typing import Final

import msgspec

MAX_PAYLOAD: Final = 3 * 1024  # bytes; push services take 4,096 with the encryption's own
MAX_TITLE: Final = 80  # characters
MAX_BODY: Final = 140


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """The service worker reads it (widget/src/dashboard/service_worker). Grow it at the end.

    `id` is the same for each attempt. `tag`: a newer message of the conversation replaces the notification.
    """

    v: int = 1
    id: str
    project: str
    conversation: str
    title: str
    body: str
    tag: str
    at: int


_encode: Final = msgspec.json.Encoder().encode


def encode(payload: Payload) -> bytes:
    """JSON of at most MAX_PAYLOAD bytes: title and body are cut until it fits."""
    title, body = shortened(payload.title, MAX_TITLE), shortened(payload.body, MAX_BODY)
    while True:
        made = _encode(msgspec.structs.replace(payload, title=title, body=body))
        if len(made) <= MAX_PAYLOAD:
            return made
        # Four-byte characters, and escapes: half of it fits.
        title, body = shortened(title, len(title) // 2), shortened(body, len(body) // 2)


def shortened(text: str, most: int) -> str:
    """One line of at most `most` characters, without control characters."""
    line = " ".join("".join(" " if unicodedata.category(one) == "Cc" else one for one in text[:4000]).split())
    return line if len(line) <= most else line[: max(0, most - 1)].rstrip() + "…"
