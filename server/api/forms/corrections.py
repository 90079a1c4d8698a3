"""Correcting and removing filled forms: what they said before is kept in the audit log alone."""

from typing import Any, Final

from core import content
from core.apply.apply import apply
from core.apply.result import Refused
from core.commands import EditAnswer, RemoveAnswer
from core.content import FormAnswer, Value
from core.db.chat import messages
from core.db.connection import Connection
from core.db.forms import answers as table
from core.ids import ConversationId, MessageId
from server.api.chat import views
from server.api.chat.schemas import Message
from server.api.forms.requests import FILLED
from server.api.forms.schemas import FormCorrection
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError, refused
from server.api.http.routes import Routes
from server.api.services.audit_context import AuditRule
from server.api.services.command_batcher import WAKE
from server.api.services.rate_limiter import SOMETIMES

routes = Routes("form_corrections", "Correcting and removing filled forms.")
ONE: Final = FILLED + "/{message}"


@routes.add(
    "PATCH",
    ONE,
    access=Access.AGENT,
    limit=SOMETIMES,
    problems=("stale",),
    scope="messages:write",
    audit=AuditRule("form_answer.changed", entity="message", fields=("values",), security=True),
)
async def correct_answer(
    call: MemberCall, conversation: ConversationId, message: MessageId, body: FormCorrection
) -> Message:
    """Correct a filled form: agents those that they filled themselves, managers any.

    The former values are in the audit log, and nowhere else. 409 `stale`: it was corrected after the
    `version` that you send; load it again. 422 as for filling one. A request that changes nothing keeps the
    version and is not logged.
    """
    command = EditAnswer(
        call.project,
        call.user.user,
        conversation,
        message,
        body.values,
        body.version,
        manager=call.role == "manager",
        at=call.now,
        user_name=call.user.full_name,
    )
    return await call.services.database.commit(lambda conn: _apply(call, conn, command), then=WAKE)


@routes.add(
    "DELETE",
    ONE,
    access=Access.AGENT,
    limit=SOMETIMES,
    status=204,
    scope="messages:write",
    audit=AuditRule("form_answer.removed", entity="message", fields=("values",), security=True),
)
async def remove_answer(call: MemberCall, conversation: ConversationId, message: MessageId) -> None:
    """Remove the values of a filled form; its message stays. Agents their own, managers any.

    The form that it answered stays answered. Removing it again changes nothing.
    """
    command = RemoveAnswer(
        call.project,
        call.user.user,
        conversation,
        message,
        manager=call.role == "manager",
        at=call.now,
        user_name=call.user.full_name,
    )
    await call.services.database.commit(lambda conn: _apply(call, conn, command), then=WAKE)


async def _apply(call: MemberCall, conn: Connection, command: EditAnswer | RemoveAnswer) -> Message:
    """Changes and audits in one transaction: the conversation is locked before the former values are read."""
    before = await table.locked(conn, call.project, command.conversation, command.answer)
    if before is None:
        raise ApiError("not_found")
    (result,) = await apply(conn, [command], now=call.now)
    if isinstance(result, Refused):
        raise refused(result.reason, result.faults)
    (row,) = await messages.after(
        conn, call.project, command.conversation, seq=before.seq - 1, limit=1, for_visitor=False
    )
    if result is not None:
        changes = {"from": _values(before.content), "to": _values(row.content)}
        await call.audit(conn, changes={"values": changes})
    return views.message(row)


def _values(given: Value | None) -> dict[str, Any]:
    found = content.read(given)
    return {one.key: one.value for one in found.values} if isinstance(found, FormAnswer) else {}
