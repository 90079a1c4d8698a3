"""A member's own mentions in a project: the list of the bell, and what was read."""

from typing import Final

from msgspec import UNSET

from core.db.notes import mentions as table
from core.ids import UserId
from core.notes.mentions import touched
from server.api.http import fields
from server.api.http.calls import Access, MemberCall
from server.api.http.fields import Person
from server.api.http.routes import Routes
from server.api.notes.schemas import Mention, MentionList, MentionQuery, MentionsRead, MentionVisitor
from server.api.services import live_updates
from server.api.services.rate_limiter import OFTEN

routes = Routes("mentions", "Your mentions: notes in which a teammate named you.")
ALL: Final = "projects/{project}/mentions"


@routes.add("GET", ALL, access=Access.AGENT, limit=OFTEN)
async def list_mentions(call: MemberCall, query: MentionQuery) -> MentionList:
    """List the notes in which you were mentioned, the newest first.

    The latest 200 are kept.
    """
    user = UserId(call.user.user)
    async with call.services.database.connection() as conn:
        found = await table.of_member(conn, call.project, user, limit=query.limit)
        unread = await table.unread(conn, call.project, user)
    return MentionList(items=[_shown(one) for one in found], unread=unread)


@routes.add("POST", ALL + "/read", access=Access.AGENT, limit=OFTEN, status=204)
async def read_mentions(call: MemberCall, body: MentionsRead) -> None:
    """Mark your mentions as read: those with these ids, or all.

    Ids that are not yours change nothing.
    """
    user = UserId(call.user.user)
    chosen = None if body.ids is UNSET else [one.bytes for one in body.ids]
    async with call.services.database.connection() as conn:
        changed = await table.mark_read(conn, call.project, user, chosen, now=call.now)
    if changed:
        await live_updates.publish(call.services, touched(call.project, [user]))


def _shown(found: table.Mention) -> Mention:
    return Mention(
        id=fields.uid(found.id),
        at=found.at,
        author=Person(id=fields.uid(found.author), full_name=found.author_name),
        visitor=MentionVisitor(id=fields.uid(found.visitor), name=found.visitor_name),
        note=None if found.note is None else fields.uid(found.note),
        conversation=None if found.conversation is None else fields.uid(found.conversation),
        seq=found.seq,
        text=found.text,
        read=found.read,
    )
