"""Tickets: what may be uploaded, counted before a byte is sent."""

from typing import Final

from core import ids
from core.attachments import limits, names
from core.bus.limits import Hit
from core.db.attachments import uploads
from core.db.connection import Connection
from server.addresses import network
from server.api.attachments.schemas import AttachmentTicket, NewAttachment
from server.api.attachments.senders import Sender
from server.api.http import fields
from server.api.http.calls import Call
from server.api.http.problems import ApiError
from server.api.services.rate_limiter import RateLimited, hidden

HOUR: Final = 3600.0  # seconds
OF_SENDER: Final = 120  # files an hour
OF_NETWORK: Final = 600
MEGABYTES: Final = 1024 * 1024


async def create(call: Call, sender: Sender, body: NewAttachment) -> AttachmentTicket:
    """Raises ApiError `attachments_off`, `storage_full` or `too_many_uploads`, and RateLimited."""
    await _count(call, sender)
    made, name = ids.make(call.now), names.clean(body.name)
    expires_at = call.now + limits.TICKET_TTL
    quota = call.services.settings.attachment_quota_mb * MEGABYTES

    async def reserve(conn: Connection) -> None:
        if not await uploads.are_allowed(conn, sender.project, sender.uploader.party):
            raise ApiError("attachments_off")
        if not await uploads.reserve(conn, sender.project, size=body.bytes, quota=quota):
            raise ApiError("storage_full")
        files, size = await uploads.unsent(conn, sender.project, sender.uploader, now=call.now)
        if files >= limits.MAX_UNSENT or size + body.bytes > limits.MAX_UNSENT_BYTES:
            raise ApiError("too_many_uploads")
        await uploads.add(
            conn,
            sender.project,
            made,
            sender.uploader,
            name=name,
            size=body.bytes,
            now=call.now,
            expires_at=expires_at,
        )

    # One crossing between the loops instead of six: fifty tickets at once must not delay messages.
    await call.services.database.commit(reserve)
    return AttachmentTicket(
        id=fields.uid(made), name=name, upload_url=sender.upload_url(made), expires_at=expires_at
    )


async def _count(call: Call, sender: Sender) -> None:
    of_project = call.services.settings.attachments_per_hour
    # Hidden: a deleted project leaves no key with its id, and these live for an hour.
    hits = [
        Hit("attachments_sender", sender.uploader.id.hex(), OF_SENDER, HOUR),
        Hit("attachments_network", network(call.address), OF_NETWORK, HOUR),
        Hit("attachments_project", hidden(sender.project.hex()), of_project, HOUR),
    ]
    for counted in await call.services.rate_limiter.count(hits):
        if counted.wait:
            raise RateLimited(counted.wait, "Too many files in an hour.")
