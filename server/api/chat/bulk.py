"""The inbox: one change of many conversations, each with a result of its own."""

from collections.abc import Sequence
from typing import Final

import outcome
import trio
from msgspec import UNSET
from msgspec.structs import replace

from core.apply.apply import Refused, Result
from core.commands import AssignConversation, ChangeStatus, Command, MarkRead
from core.db.ops.audit import Entry
from core.errors import Refusal
from core.events import CommandRefused
from core.ids import ConversationId, UserId
from server.api.chat.bulk_schemas import BulkChange, BulkItem, BulkResult, BulkResults
from server.api.http.calls import Access, MemberCall
from server.api.http.problems import EXPECTED, of, refused, unfit
from server.api.http.routes import Routes
from server.api.services.audit_context import AuditRule
from server.api.services.rate_limiter import SOMETIMES

routes = Routes("bulk", "Changing many conversations at once.")
MAX_CONCURRENT: Final = 20  # commands that wait at once: other callers share the queue


@routes.add(
    "POST",
    "projects/{project}/conversations/bulk",
    access=Access.AGENT,
    limit=SOMETIMES,
    scope="conversations:write",
    audit=AuditRule("conversation.bulk_changed", entity="conversation", fields=("status", "assignee_id")),
)
async def change_conversations(call: MemberCall, body: BulkChange) -> BulkResults:
    """Change up to 100 conversations: their status, their assignee, or your read marks.

    Send one of `status`, `assignee_id` and `read`. Each conversation has its own result, in the order of the
    request; what is refused for one does not stop the others. Conversations that are named twice count once.
    """
    if (body.status is not UNSET) + (body.assignee_id is not UNSET) + body.read != 1:
        raise unfit("status", "exactly_one", "Send one of `status`, `assignee_id` and `read`.")
    items = list({item.id: item for item in body.items}.values())
    done: list[outcome.Maybe[Result]] = []
    for start in range(0, len(items), MAX_CONCURRENT):
        done += await _carried_out(
            call, [_command(call, body, one) for one in items[start : start + MAX_CONCURRENT]]
        )
    results = [_result(item, one) for item, one in zip(items, done, strict=True)]
    call.audit_context.items = _entries(call, body, results)
    return BulkResults(results=results)


def _command(call: MemberCall, body: BulkChange, item: BulkItem) -> Command:
    conversation, user = ConversationId(item.id.bytes), call.user
    if body.status is not UNSET:
        return ChangeStatus(call.project, user.user, conversation, body.status, call.now, user.full_name)
    if body.assignee_id is not UNSET:
        assignee = None if body.assignee_id is None else UserId(body.assignee_id.bytes)
        return AssignConversation(call.project, user.user, conversation, assignee, call.now, user.full_name)
    return MarkRead(call.project, conversation, "agent", user.user, user.full_name, item.seq, call.now)


async def _carried_out(call: MemberCall, commands: Sequence[Command]) -> list[outcome.Maybe[Result]]:
    """All at once, so that they share a transaction; in the order of `commands`."""
    done: dict[int, outcome.Maybe[Result]] = {}

    async def one(index: int, command: Command) -> None:
        try:
            done[index] = outcome.Value(await call.services.command_batcher.call(command))
        except EXPECTED as error:
            done[index] = outcome.Error(error)

    async with trio.open_nursery() as nursery:
        for index, command in enumerate(commands):
            nursery.start_soon(one, index, command)
    return [done[index] for index in range(len(commands))]


def _result(item: BulkItem, done: outcome.Maybe[Result]) -> BulkResult:
    error: BaseException | None = None
    if isinstance(done, outcome.Error):
        error = done.error
    elif isinstance(done.value, Refused | CommandRefused):
        error = refused(Refusal(done.value.reason))
    elif done.value is None:
        return BulkResult(id=item.id, result="unchanged")
    if isinstance(error, Exception):
        return BulkResult(id=item.id, result="refused", code=of(error).code)
    return BulkResult(id=item.id, result="changed")


def _entries(call: MemberCall, body: BulkChange, results: Sequence[BulkResult]) -> list[Entry]:
    """The same entries as of single changes. Read marks are not logged, as those of one conversation."""
    if body.read:
        return []
    action, changes = "conversation.assigned", dict[str, object](assignee_id=body.assignee_id)
    if body.status is not UNSET:
        action, changes = "conversation.status_changed", {"status": body.status}
    made = []
    for one in results:
        entry = call.audit_context.entry(
            "ok" if one.code is None else "failed", action=action, entity_id=one.id.bytes, changes=changes
        )
        if one.code is not None:
            entry = replace(entry, changes=entry.changes | {"reason": one.code})
        made.append(entry)
    return made
