"""Who answers in a conversation: a member takes it over from the assistant, or gives it back."""

from typing import Final
from uuid import UUID

from core.commands import ChangeOwner
from core.db.assistant import conversations as kept_table
from core.db.chat import conversations as table
from core.db.connection import Connection
from core.ids import ConversationId
from core.model import Author, OwnerReason
from server.api.assistant.conversation_schemas import AskedArticle, ConversationAssistant, OwnerChange
from server.api.chat.execute import carry_out
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import ApiError
from server.api.http.routes import Routes
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import OFTEN

routes = Routes("conversation_assistant", "The assistant in a conversation.")
ONE: Final = "projects/{project}/conversations/{conversation}/assistant"


@routes.add("GET", ONE, access=Access.AGENT, limit=OFTEN, scope="conversations:read")
async def get_conversation_assistant(call: MemberCall, conversation: ConversationId) -> ConversationAssistant:
    """Get who answers in a conversation, why the assistant handed it over, and what it is about."""
    async with call.services.database.connection() as conn:
        return await _shown(call, conn, conversation)


@routes.add(
    "PUT",
    ONE,
    access=Access.AGENT,
    limit=OFTEN,
    scope="conversations:write",
    problems=("closed", "blocked"),
    audit=AuditRule("conversation.owner_changed", entity="conversation", fields=("owner",)),
)
async def change_conversation_owner(
    call: MemberCall, conversation: ConversationId, body: OwnerChange
) -> ConversationAssistant:
    """Take a conversation over from the assistant, or give it back.

    The turn under way ends without a message. A reply takes it over too. 409 `closed`: the conversation has
    ended, its visitor has a newer one.
    """
    author = Author("agent", call.user.user, call.user.full_name)
    reason: OwnerReason = "taken_over" if body.owner == "person" else "released"
    await carry_out(call, ChangeOwner(call.project, author, conversation, body.owner, reason, call.now))
    async with call.services.database.connection() as conn:
        return await _shown(call, conn, conversation)


async def _shown(call: MemberCall, conn: Connection, conversation: ConversationId) -> ConversationAssistant:
    found = await table.by_id(conn, call.project, conversation)
    if found is None:
        raise ApiError("not_found")
    kept = await kept_table.kept(conn, call.project, conversation)
    asked = await kept_table.asked_about(conn, call.project, conversation)
    # A visitor who declines the assistant, or an agent who takes over, leaves no brief.
    summary = kept.summary if found.owner == "person" else ""
    return ConversationAssistant(
        owner=found.owner,
        reason=found.owner_reason,
        handoff_reason=kept.handoff_reason,
        brief=kept.brief or summary,
        article=asked and AskedArticle(id=UUID(bytes=asked[0]), title=asked[1]),
    )
