"""The state of a test chat, kept by its client: the turn, signed, so that only what we made comes back."""

import base64
import binascii
import hashlib
import hmac
from typing import Final

import msgspec

from core.assistant import graph, turn
from core.assistant.graph import Workflow
from core.assistant.turn import Turn
from core.ids import ProjectId
from server.api.http.problems import ApiError, unfit

VERSION: Final = 1
MAX_STATE: Final = 256 * 1024  # characters

_DIGEST: Final = 16  # bytes, of the workflow
_MAC: Final = 32


def write(secret: str, project: ProjectId, workflow: Workflow, made: Turn) -> str:
    """URL-safe text without padding; raises ApiError `too_large`."""
    body = bytes([VERSION]) + _digest(workflow) + turn.pack(made)
    text = base64.urlsafe_b64encode(body + _mac(secret, project, body)).rstrip(b"=").decode()
    if len(text) > MAX_STATE:
        raise ApiError("too_large", "This test chat has become too long. Start it again.")
    return text


def read(secret: str, project: ProjectId, workflow: Workflow, given: str) -> Turn:
    """The turn; raises ApiError `invalid`, or `stale` when it goes on and the workflow is another one.

    Between two turns the workflow may change: the engine begins from any position.
    """
    try:
        raw = base64.b64decode(
            given.encode("ascii") + b"=" * (-len(given) % 4), altchars=b"-_", validate=True
        )
    except (binascii.Error, UnicodeEncodeError):
        raise _not_ours() from None
    body, mac = raw[:-_MAC], raw[-_MAC:]
    if not hmac.compare_digest(mac, _mac(secret, project, body)) or body[:1] != bytes([VERSION]):
        raise _not_ours()
    try:
        made = turn.unpack(body[1 + _DIGEST :])
    except msgspec.MsgspecError:  # signed by another release
        raise _not_ours() from None
    if not made.over and body[1 : 1 + _DIGEST] != _digest(workflow):
        raise ApiError(
            "stale", "The workflow was changed in the middle of a turn. Start the test chat again."
        )
    return made


def _digest(workflow: Workflow) -> bytes:
    return hashlib.sha256(graph.pack(workflow)).digest()[:_DIGEST]


def _mac(secret: str, project: ProjectId, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"parley-test-chat|" + project + body, hashlib.sha256)


def _not_ours() -> ApiError:
    return unfit("state", "malformed", "Send the `state` of an earlier answer, or start the test chat again.")
