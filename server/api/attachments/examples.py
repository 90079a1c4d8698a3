"""Examples: attachments."""

from typing import Final
from uuid import UUID

import msgspec

from core.attachments import limits
from core.content import MAX_FILES
from server.api.attachments import schemas as s
from server.api.chat.examples import REF
from server.api.identity.examples import AT

ATTACHMENT: Final = UUID("01936b2e-8c00-7a00-8000-0000000000a1")
_PLACE: Final = f"/files/01936b2e-8c00-7a00-8000-000000000001/{ATTACHMENT}"
_SIGNED: Final = f"?expires={AT + 600_000}&signature=AbCdEfGhIjKlMnOpQrStUvWx"

_attachment: Final = s.Attachment(
    id=ATTACHMENT,
    state="ready",
    reason=None,
    name="IMG 1.jpg",
    media_type="image/jpeg",
    size=482_133,
    width=1200,
    height=800,
    url=f"{_PLACE}/original{_SIGNED}",
    thumbnail_url=f"{_PLACE}/thumbnail{_SIGNED}",
    expires_at=AT + 600_000,
)
ALL: Final[tuple[msgspec.Struct, ...]] = (
    s.NewAttachment(name="IMG 1.jpg", bytes=482_133),
    s.AttachmentTicket(
        id=ATTACHMENT,
        name="IMG 1.jpg",
        upload_url=f"/api/v1/projects/01936b2e-8c00-7a00-8000-000000000001/attachments/{ATTACHMENT}",
        expires_at=AT + limits.TICKET_TTL,
    ),
    _attachment,
    s.Attachments(items=[_attachment]),
    s.AttachmentsQuery(ids=str(ATTACHMENT)),
    s.NewAttachments(ref=REF, attachments=(ATTACHMENT,), body="The photo you asked for"),
    s.AttachmentStorage(
        max_bytes=limits.MAX_BYTES,
        max_files=MAX_FILES,
        allowed=True,
        accept=["image/jpeg", "application/pdf", ".jpg", ".pdf"],
        used_bytes=73_400_320,
        quota_bytes=5_000 * limits.MEGABYTES,
        files=211,
    ),
    s.FileQuery(expires=AT + 600_000, signature="AbCdEfGhIjKlMnOpQrStUvWx"),
)
