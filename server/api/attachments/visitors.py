"""Attachments of visitors: tickets, uploads, signed URLs. Their messages come by the websocket."""

from typing import Final

from core import ids
from core.db.attachments import reading, uploads
from server.api.attachments import receiving, senders, tickets, views
from server.api.attachments.receiving import ANSWER_TIMEOUT, FILE
from server.api.attachments.schemas import (
    Attachment,
    Attachments,
    AttachmentsQuery,
    AttachmentTicket,
    NewAttachment,
)
from server.api.http.calls import Access, VisitorCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.http.uploads import Upload
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("public_attachments", "For the widget: the files of a visitor's messages.")
ONE: Final = senders.OF_VISITORS + "/{attachment}"


@routes.add(
    "POST",
    senders.OF_VISITORS,
    access=Access.VISITOR,
    limit=SOMETIMES,
    status=201,
    problems=("attachments_off", "storage_full", "too_many_uploads"),
)
async def create_own_attachment(call: VisitorCall, body: NewAttachment) -> AttachmentTicket:
    """Ask for a ticket to upload a file of at most 10 MB.

    403 `attachments_off`: a manager has switched them off; what was uploaded before can still be sent.
    409 `storage_full`: the project's quota is used up. 409 `too_many_uploads`: 20 of the visitor's files, or
    50 MB, wait to be sent. 429: too many files in an hour, of the visitor, the network or the project.
    """
    return await tickets.create(call, senders.visitor(call), body)


@routes.add(
    "PUT",
    ONE,
    access=Access.VISITOR,
    limit=SOMETIMES,
    problems=("upload_running",),
    upload=FILE,
    deadline=ANSWER_TIMEOUT,
)
async def upload_own_attachment(call: VisitorCall, attachment: bytes, body: Upload) -> Attachment:
    """Upload the bytes of a file, exactly as many as its ticket says.

    The file is examined before the answer comes: it is `ready`, or `refused` with a `reason`. Pictures are
    made anew, without what is hidden in them. If the request fails, repeat it with the same ticket; a file
    that was examined already is not uploaded again.
    """
    return await receiving.receive(call, senders.visitor(call), attachment, body)


@routes.add("GET", senders.OF_VISITORS, access=Access.VISITOR, limit=OFTEN)
async def list_own_attachments(call: VisitorCall, query: AttachmentsQuery) -> Attachments:
    """Get several attachments by their ids, with new signed URLs.

    Those of the visitor's conversations, and the visitor's own that are not sent yet; others are left out.
    """
    return Attachments(items=await _found(call, [ids.parse(one) for one in query.ids.split(",")]))


@routes.add("GET", ONE, access=Access.VISITOR, limit=OFTEN)
async def get_own_attachment(call: VisitorCall, attachment: bytes) -> Attachment:
    """Get an attachment with new signed URLs: of the visitor's conversations, or one that is not sent yet."""
    found = await _found(call, [attachment])
    if not found:
        raise ApiError("not_found")
    return found[0]


@routes.add("DELETE", ONE, access=Access.VISITOR, limit=SOMETIMES, status=204)
async def delete_own_attachment(call: VisitorCall, attachment: bytes) -> None:
    """Delete a file of the visitor's that is not sent yet."""
    sender = senders.visitor(call)
    async with call.services.database.transaction() as conn:
        if not await uploads.take_back(conn, call.project.id, attachment, sender.uploader, now=call.now):
            raise ApiError("not_found")


async def _found(call: VisitorCall, files: list[bytes]) -> list[Attachment]:
    rows = await call.services.database.read(
        lambda conn: reading.of_visitor(conn, call.project.id, files, call.visitor, now=call.now)
    )
    return [views.attachment(call, call.project.id, row) for row in rows]
