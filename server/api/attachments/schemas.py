"""The JSON schemas of attachments."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from core.attachments import limits
from core.content import MAX_FILES
from server.api.chat.schemas import BODY
from server.api.http.fields import NO_NUL, UUID_TEXT, At

MAX_LISTED: Final = 50  # attachments of one answer
_IDS: Final = rf"^{UUID_TEXT}(,{UUID_TEXT}){{0,{MAX_LISTED - 1}}}\Z"


class NewAttachment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`name`: of the file, as its owner has it. `bytes`: its exact size."""

    name: Annotated[str, Meta(min_length=1, max_length=1000, pattern=NO_NUL)]
    bytes: Annotated[int, Meta(ge=1, le=limits.MAX_BYTES)]


class AttachmentTicket(msgspec.Struct, frozen=True, kw_only=True):
    """`upload_url`: where to PUT the bytes, on this server. `name`: as it will be shown, or nearly.

    `expires_at`: until then the upload must have begun; it may be repeated if it fails.
    """

    id: UUID
    name: str
    upload_url: str
    expires_at: At


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: `waiting` (not uploaded), `ready` or `refused`. `reason`: why it was refused, a code.

    `width` and `height`: of a picture, in pixels. `url` and `thumbnail_url`: signed paths on this server,
    which anyone who has them can load until `expires_at`; null if there is nothing to load. Pictures are
    shown, unless you add `&download=1`; everything else is downloaded.
    """

    id: UUID
    state: str
    reason: str | None
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    url: str | None
    thumbnail_url: str | None
    expires_at: At | None


class Attachments(msgspec.Struct, frozen=True, kw_only=True):
    """In no particular order."""

    items: list[Attachment]


class AttachmentsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ids: Annotated[
        str, Meta(pattern=_IDS, description=f"1 to {MAX_LISTED} ids of attachments, separated by commas")
    ]


class NewAttachments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ref`: your idempotency key, new for each message. `body`: a caption, or empty."""

    ref: UUID
    attachments: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=MAX_FILES)]
    body: Annotated[str, Meta(max_length=BODY, pattern=NO_NUL)] = ""


class AttachmentStorage(msgspec.Struct, frozen=True, kw_only=True):
    """What may be attached, and how much of the project's quota is used.

    `allowed`: agents may attach files. `max_bytes`: of one file. `max_files`: of one message. `accept`: media
    types and extensions.
    """

    allowed: bool
    max_bytes: int
    max_files: int
    accept: list[str]
    used_bytes: int
    quota_bytes: int
    files: int


class FileQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As the server has signed it. `download`: also a picture."""

    expires: Annotated[int, Meta(ge=0, le=2**53)]
    signature: Annotated[str, Meta(max_length=64)]
    download: Annotated[int, Meta(ge=0, le=1)] = 0
