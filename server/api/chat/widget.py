"""Routes for customers' pages: the widget's settings, and a visitor's own history without notes."""

from core.attachments import limits, types
from core.content import MAX_FILES
from core.db.appearance import answer_times, looks
from core.db.assistant import assistants
from core.db.chat import conversations, messages
from core.db.connection import Connection
from core.db.forms import templates
from core.db.knowledge import reading
from core.ids import ProjectId
from core.model import Message as Row
from server.api.appearance import views as appearance
from server.api.appearance.schemas import WidgetAppearance
from server.api.chat import form_states, presence, views
from server.api.chat.messages import is_newest, require_one_position
from server.api.chat.widget_schemas import (
    AttachmentRules,
    History,
    HistoryQuery,
    PreChat,
    WidgetSettings,
)
from server.api.http import fields
from server.api.http.calls import Access, Answer, PageCall, VisitorCall
from server.api.http.routes import Routes
from server.api.services.rate_limiter import OFTEN

routes = Routes("public", "For the widget: its settings, and the visitor's own history.")
RULES = AttachmentRules(max_bytes=limits.MAX_BYTES, max_files=MAX_FILES, accept=list(types.ACCEPT))
CACHED = ("Cache-Control", "public, max-age=60")


@routes.add("GET", "public/projects/{project}/settings", access=Access.PAGE, limit=OFTEN)
async def get_widget_settings(call: PageCall) -> Answer[WidgetSettings]:
    """Get the settings that the widget needs to start.

    They may be up to a minute old.
    """
    project = call.project
    made = WidgetSettings(
        id=fields.uid(project.id),
        name=project.name,
        version=project.version,
        messages_per_minute=call.services.settings.messages_per_minute,
        ask_consent=project.ask_consent,
        agents_online=await presence.agents_online(call.services, project.id),
        pre_chat=await _pre_chat(call, project.id),
        assistant=await _assistant(call, project.id),
        articles=await call.services.database.read(lambda conn: reading.is_offered(conn, project.id)),
        attachments=RULES if project.attachments == "everyone" else None,
        appearance=await call.services.database.read(lambda conn: _appearance(call, conn)),
    )
    return Answer(value=made, headers=(CACHED,))


@routes.add("GET", "public/projects/{project}/messages", access=Access.VISITOR, limit=OFTEN)
async def list_history(call: VisitorCall, query: HistoryQuery) -> History:
    """List the visitor's own messages, ascending by `seq`.

    The newest page, or the page before or after a `seq`, or the messages that were altered after a change:
    edited, redacted, forms with another state and corrected answers. `seq` may have gaps here: notes between
    agents are left out.
    """
    require_one_position(query)
    project, size = call.project.id, query.limit + 1
    rows: list[Row]
    async with call.services.database.connection() as conn:
        found = await conversations.of_visitor(conn, project, call.visitor)
        if found is None:
            return History(conversation=None, items=[], has_more=False)
        if query.after_change is not None:
            rows = await messages.altered(
                conn, project, found.id, change=query.after_change, limit=size, for_visitor=True
            )
        elif query.after_seq is not None:
            rows = await messages.after(
                conn, project, found.id, seq=query.after_seq, limit=size, for_visitor=True
            )
        else:
            rows = await messages.before(
                conn, project, found.id, seq=query.before_seq, limit=size, for_visitor=True
            )
        items, has_more = views.page(rows, limit=query.limit, newest=is_newest(query))
        items = await form_states.added(conn, project, items, now=call.now, for_visitor=True)
    return History(conversation=views.own_conversation(found), items=items, has_more=has_more)


async def _appearance(call: PageCall, conn: Connection) -> WidgetAppearance | None:
    project = call.project.id
    kept = await looks.by_project(conn, project)
    seconds = await answer_times.by_project(conn, project, now=call.now)
    return appearance.for_widget(kept.look, project, answer_seconds=seconds)


async def _assistant(call: PageCall, project: ProjectId) -> str | None:
    found = await call.services.database.read(lambda conn: assistants.by_project(conn, project))
    return found.name if found is not None and found.enabled else None


async def _pre_chat(call: PageCall, project: ProjectId) -> PreChat | None:
    """The form to show before the first message."""
    found = await call.services.database.read(lambda conn: templates.pre_chat(conn, project))
    if found is None:
        return None
    return PreChat(
        template=fields.uid(found.id),
        name=found.name,
        description=found.description,
        fields=fields.form_fields(found.fields),
    )
