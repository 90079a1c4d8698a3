"""The states of the forms on a page of messages: one statement, only for pages with a form."""

from collections.abc import Sequence

from msgspec.structs import replace

from core import ids
from core.db.connection import Connection
from core.db.forms import requests
from core.forms import states
from core.ids import MessageId, ProjectId
from server.api.chat.schemas import Message


async def added(
    conn: Connection, project: ProjectId, items: Sequence[Message], *, now: int, for_visitor: bool = False
) -> list[Message]:
    """The messages; `content` of a form that was sent has its `state` at `now`, and its `answer`.

    Not `for_visitor`: a form that a blocked visitor has answered is as it was.
    """
    sent = [MessageId(item.id.bytes) for item in items if item.kind == "form_request"]
    if not sent:
        return list(items)
    found = await requests.states(conn, project, sent)
    return [
        _added(item, found.get(MessageId(item.id.bytes)), now=now, for_visitor=for_visitor) for item in items
    ]


def _added(item: Message, found: requests.RequestState | None, *, now: int, for_visitor: bool) -> Message:
    if found is None or item.content is None:
        return item
    if found.withheld and not for_visitor:
        content = {**item.content, "state": states.at(states.OPEN, found.expires_at, now)}
        return replace(item, content=content, version=0)  # only its answer altered it
    content = {**item.content, "state": states.at(found.state, found.expires_at, now)}
    if found.answer is not None:
        content["answer"] = ids.text(found.answer)
    return replace(item, content=content)
