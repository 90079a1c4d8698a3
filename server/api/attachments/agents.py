"""Attachments of agents: tickets, uploads, signed URLs, and messages with files."""

from typing import Final

from core import ids
from core.attachments import limits, types
from core.commands import PostFiles
from core.content import MAX_FILES
from core.db.attachments import reading, storage, uploads
from core.ids import ConversationId, MessageId, Ref
from core.model import Author
from server.api.attachments import receiving, senders, tickets, views
from server.api.attachments.receiving import ANSWER_TIMEOUT, FILE
from server.api.attachments.schemas import (
    Attachment,
    Attachments,
    AttachmentsQuery,
    AttachmentStorage,
    AttachmentTicket,
    NewAttachment,
    NewAttachments,
)
from server.api.chat.execute import post
from server.api.chat.schemas import Message
from server.api.http.calls import Access, Answer, MemberCall
from server.api.http.problems import ApiError, unfit
from server.api.http.routes import Routes
from server.api.http.uploads import Upload
from server.api.services.rate_limiter import OFTEN, SOMETIMES

routes = Routes("attachments", "Files that are attached to messages: tickets, uploads, signed URLs.")
ONE: Final = senders.OF_AGENTS + "/{attachment}"
POSTED: Final = "projects/{project}/conversations/{conversation}/attachments"


@routes.add(
    "POST",
    senders.OF_AGENTS,
    access=Access.AGENT,
    limit=SOMETIMES,
    status=201,
    problems=("attachments_off", "storage_full", "too_many_uploads"),
    scope="messages:write",
    unkeyed="a ticket that is not used expires",
)
async def create_attachment(call: MemberCall, body: NewAttachment) -> AttachmentTicket:
    """Ask for a ticket to upload a file of at most 10 MB.

    403 `attachments_off`: a manager has switched them off; what was uploaded before can still be sent.
    409 `storage_full`: the project's quota is used up. 409 `too_many_uploads`: 20 of your files, or 50 MB,
    wait to be sent. 429: too many files in an hour, of yours, of your network or of the project.
    """
    return await tickets.create(call, senders.agent(call), body)


@routes.add(
    "PUT",
    ONE,
    access=Access.AGENT,
    limit=SOMETIMES,
    problems=("upload_running",),
    scope="messages:write",
    upload=FILE,
    deadline=ANSWER_TIMEOUT,
)
async def upload_attachment(call: MemberCall, attachment: bytes, body: Upload) -> Attachment:
    """Upload the bytes of a file, exactly as many as its ticket says.

    The file is examined before the answer comes: it is `ready`, or `refused` with a `reason`. Pictures are
    made anew, without what is hidden in them. If the request fails, repeat it with the same ticket; a file
    that was examined already is not uploaded again.
    """
    return await receiving.receive(call, senders.agent(call), attachment, body)


@routes.add("GET", senders.OF_AGENTS, access=Access.AGENT, limit=OFTEN, scope="conversations:read")
async def list_attachments(call: MemberCall, query: AttachmentsQuery) -> Attachments:
    """Get several attachments by their ids, with new signed URLs.

    Those of messages, and your own that are not sent yet; others are left out.
    """
    return Attachments(items=await _found(call, [ids.parse(one) for one in query.ids.split(",")]))


@routes.add("GET", ONE, access=Access.AGENT, limit=OFTEN, scope="conversations:read")
async def get_attachment(call: MemberCall, attachment: bytes) -> Attachment:
    """Get an attachment with new signed URLs: of a message, or your own that is not sent yet."""
    found = await _found(call, [attachment])
    if not found:
        raise ApiError("not_found")
    return found[0]


@routes.add("DELETE", ONE, access=Access.AGENT, limit=SOMETIMES, status=204, scope="messages:write")
async def delete_attachment(call: MemberCall, attachment: bytes) -> None:
    """Delete your own file that is not sent yet. To remove a sent one, redact its message."""
    sender = senders.agent(call)
    async with call.services.database.transaction() as conn:
        if not await uploads.take_back(conn, call.project, attachment, sender.uploader, now=call.now):
            raise ApiError("not_found")


@routes.add(
    "POST",
    POSTED,
    access=Access.AGENT,
    limit=OFTEN,
    status=201,
    also=(200,),
    problems=("conflict", "closed", "attachment_refused"),
    scope="messages:write",
)
async def send_attachments(
    call: MemberCall, conversation: ConversationId, body: NewAttachments
) -> Answer[Message]:
    """Send a message with 1 to 10 files that you have uploaded, in this order.

    201: stored now. 200: the same `ref` was stored before; the response is the first result. 409
    `attachment_refused`: one of the files is gone, not ready, not yours, or sent already; `closed`: the
    conversation has ended; `conflict`: the `ref` was used for another message.
    """
    files = tuple(one.bytes for one in body.attachments)
    if len(set(files)) < len(files):
        raise unfit("attachments", "repeated", "Name each file once.")
    return await post(
        call,
        PostFiles(
            call.project,
            Author("agent", call.user.user, call.user.full_name),
            Ref(body.ref.bytes),
            MessageId(ids.make(call.now)),
            conversation,
            files,
            body.body,
            call.now,
        ),
    )


@routes.add(
    "GET", "projects/{project}/attachment-storage", access=Access.AGENT, limit=OFTEN, scope="project:read"
)
async def get_attachment_storage(call: MemberCall) -> AttachmentStorage:
    """Get what may be attached, and how much of the project's quota is used."""
    async with call.services.database.connection() as conn:
        used = await storage.used(conn, call.project)
        allowed = await uploads.are_allowed(conn, call.project, "agent")
    quota = used.quota
    if quota is None:
        quota = call.services.settings.attachment_quota_mb * limits.MEGABYTES
    return AttachmentStorage(
        max_bytes=limits.MAX_BYTES,
        max_files=MAX_FILES,
        allowed=allowed,
        accept=list(types.ACCEPT),
        used_bytes=used.bytes,
        quota_bytes=quota,
        files=used.files,
    )


async def _found(call: MemberCall, files: list[bytes]) -> list[Attachment]:
    uploader = senders.agent(call).uploader
    rows = await call.services.database.read(
        lambda conn: reading.of_agent(conn, call.project, files, uploader, now=call.now)
    )
    return [views.attachment(call, call.project, row) for row in rows]
