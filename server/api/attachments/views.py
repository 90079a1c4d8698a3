"""Rows of attachments as JSON, with signed URLs that are valid for some minutes."""

from core.attachments import addresses
from core.db.attachments.uploads import Upload
from core.ids import ProjectId
from server.api.attachments.schemas import Attachment
from server.api.http import fields
from server.api.http.calls import Call


def attachment(call: Call, project: ProjectId, found: Upload) -> Attachment:
    """With signed URLs, if it is ready."""
    secret, expires = call.services.settings.secret_key, addresses.expires_at(call.now)
    is_ready = found.state == "ready"

    def signed(variant: str) -> str:
        return addresses.address(secret, project, found.id, variant, expires=expires)

    return Attachment(
        id=fields.uid(found.id),
        state="waiting" if found.state == "uploading" else found.state,
        reason=found.reason or None,
        name=found.name,
        media_type=found.media_type,
        size=found.size,
        width=found.width,
        height=found.height,
        url=signed(addresses.ORIGINAL) if is_ready else None,
        thumbnail_url=signed(addresses.THUMBNAIL) if is_ready and found.thumbnail else None,
        expires_at=expires if is_ready else None,
    )
