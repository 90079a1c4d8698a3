"""One record of every kind that a path can name, and the callers who may ask for it, for test_matrix.py."""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from core import ids
from core.apply.apply import apply
from core.commands import FillForm, SendForm
from core.config import settings
from core.content import FormField
from core.db.connection import Connection
from core.db.forms import templates
from core.identity import api_keys
from core.identity.encryption import Sealer, provider_purpose
from core.ids import MessageId, ProjectId, Ref
from core.model import Author
from core.webhooks import sealed, signatures
from core.webhooks.sealed import Sealed
from server.api.app import RESOURCES
from server.api.examples import example
from server.api.http.calls import Access
from server.api.http.routes import ROOT, Route
from tests.integration.api import attachment_steps, knowledge_factories
from tests.integration.api.api_fixture import OURS, PAGE, Answer, ApiFixture, Caller, Person, text
from tests.integration.api.copilot_factories import copilot_message, copilot_session, social_draft
from tests.integration.api.knowledge_factories import CANARY
from tests.integration.api.notification_factories import push_subscription
from tests.stack import SECRET

ROUTES: Final = [route for resource in RESOURCES for route in resource.all if route.path.startswith(ROOT)]
OF_A_PROJECT: Final = {Access.AGENT, Access.MANAGER}
SEALER: Final = Sealer.of(settings.read({"PARLEY_SECRET_KEY": SECRET}))
PAGES: Final = {Access.PAGE, Access.VISITOR}

Maker = Callable[[Connection, ProjectId, Person], Awaitable[bytes]]


@dataclass
class FilledProject:
    """A project with one record of every kind. `key` is the key of its visitor."""

    project: ProjectId
    manager: Person
    key: str
    ids: dict[str, str] = field(default_factory=dict)


async def filled_project(api: ApiFixture, name: str) -> FilledProject:
    """A project in which every text that a person wrote holds CANARY."""
    project = await api.project(name)
    manager = await api.person(CANARY, manager=project)
    visitor, conversation = await api.writes(project, CANARY)
    filled = FilledProject(project, manager, api.key(project, visitor))
    filled.ids = {"project": text(project), "conversation": text(conversation), "visitor": text(visitor)}
    async with api.context.database.transaction() as conn:
        for thing, make in MAKERS.items():
            filled.ids[thing] = text(await make(conn, project, manager))
        await own_provider(conn, project)
    return filled


async def member(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    del conn, project
    return owner.id


async def invitation(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    made = ids.make()
    await conn.execute(
        "INSERT INTO invitations (project_id, id, email, role, token_hash, invited_by, expires_at) "
        "VALUES ($1, $2, $3, 'agent', $4, $5, $6)",
        project,
        made,
        f"canary-{os.urandom(4).hex()}@shop.example",
        os.urandom(32),
        owner.id,
        ids.now() + 1_000_000,
    )
    return made


async def key_of_others(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    made = ids.make()
    await conn.execute(
        "INSERT INTO api_keys (project_id, id, name, key_hash, hint, scopes, created_by) "
        "VALUES ($1, $2, $3, $4, 'plk_cana', '{members:read}', $5)",
        project,
        made,
        CANARY,
        os.urandom(32),
        owner.id,
    )
    return made


async def api_key(api: ApiFixture, project: ProjectId, scopes: Sequence[str]) -> str:
    """A usable API key, in plain text."""
    made = api_keys.fresh()
    async with api.context.database.transaction() as conn:
        await conn.execute(
            "INSERT INTO api_keys (project_id, id, name, key_hash, hint, scopes) "
            "VALUES ($1, $2, 'Integration', $3, $4, $5)",
            project,
            ids.make(),
            api_keys.digest(made),
            made[: api_keys.HINT],
            list(scopes),
        )
    return made


async def canned_response(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    made = ids.make()
    await conn.execute(
        "INSERT INTO canned_responses (project_id, id, shortcut, content, changed_by) "
        "VALUES ($1, $2, $3, $4, $5)",
        project,
        made,
        f"canary-{made.hex()[-8:]}",
        CANARY,
        owner.id,
    )
    return made


async def identity_secret(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    made = ids.make()
    await conn.execute(
        "INSERT INTO identity_secrets (project_id, id, sealed, created_by, created_at) "
        "VALUES ($1, $2, $3, $4, $5)",
        project,
        made,
        os.urandom(64),
        owner.id,
        ids.now(),
    )
    return made


async def address_block(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    made = ids.make()
    await conn.execute(
        "INSERT INTO address_blocks (project_id, id, network, reason, created_at, created_by) "
        "VALUES ($1, $2, '198.51.100.0/24', $3, $4, $5)",
        project,
        made,
        CANARY,
        ids.now(),
        owner.id,
    )
    return made


async def visitor_note(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    made = ids.make()
    visitor = await conn.fetchval("SELECT id FROM visitors WHERE project_id = $1", project)
    await conn.execute(
        "INSERT INTO visitor_notes (project_id, visitor_id, id, author_id, text, created_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        project,
        visitor,
        made,
        owner.id,
        CANARY,
        ids.now(),
    )
    await conn.execute(
        "INSERT INTO mentions (project_id, user_id, id, at, author_id, visitor_id, note_id) "
        "VALUES ($1, $2, $3, $4, $2, $5, $6)",
        project,
        owner.id,
        ids.make(),
        ids.now(),
        visitor,
        made,
    )
    return made


async def webhook(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    made = ids.make()
    await conn.execute(
        "INSERT INTO webhooks (project_id, id, url, description, events, kinds, sealed, active, changed_by) "
        "VALUES ($1, $2, 'https://crm.example/', $3, '{message.created}', '{message_posted}', $4, false, $5)",
        project,
        made,
        CANARY,
        sealed.seal(SEALER, Sealed(secret=signatures.fresh())),
        owner.id,
    )
    await conn.execute(
        "INSERT INTO webhook_deliveries "
        "(project_id, webhook_id, id, event_id, event_number, event, payload, state, due_at, created_at) "
        "VALUES ($1, $2, $2, $2, 0, 'ping', $3, 'dead', now(), now())",
        project,
        made,
        f'{{"data": "{CANARY}"}}',
    )
    return made


async def delivery(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    del owner
    made: bytes = await conn.fetchval("SELECT id FROM webhook_deliveries WHERE project_id = $1", project)
    return made


async def form_template(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    del owner
    made = ids.make()
    field = FormField("name", CANARY, "text")
    await templates.add(
        conn,
        project,
        templates.Template(made, CANARY, CANARY, (field,), True, True, 1, ids.now(), ids.now()),
    )
    return made


async def form_answer(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    """The message of a filled form, of an agent; and a form that was sent in another message before."""
    template = await conn.fetchval("SELECT id FROM form_templates WHERE project_id = $1", project)
    talk = await conn.fetchval("SELECT id FROM conversations WHERE project_id = $1", project)
    author, now = Author("agent", owner.id, CANARY), ids.now()
    sent, filled = MessageId(ids.make()), MessageId(ids.make())
    commands = [
        SendForm(project, author, Ref(ids.make()), sent, talk, template, None, now),
        FillForm(project, author, Ref(ids.make()), filled, talk, template, {"name": CANARY}, now),
    ]
    await apply(conn, commands, now=now)
    return filled


async def turn(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    """A turn of the assistant with a step."""
    del owner
    made = ids.make()
    await conn.execute(
        "INSERT INTO assistant_turns (project_id, id, conversation_id, state, owner_version, lease_until, "
        "created_at, ended_at) SELECT project_id, $2, id, 'completed', 0, now(), now(), now() "
        "FROM conversations WHERE project_id = $1",
        project,
        made,
    )
    await conn.execute(
        "INSERT INTO assistant_steps (project_id, turn_id, number, attempt, node, kind, outcome, sent, at) "
        "VALUES ($1, $2, 1, 1, 'answer', 'ask', 'text', $3, now())",
        project,
        made,
        CANARY,
    )
    return made


async def own_provider(conn: Connection, project: ProjectId) -> None:
    """The model's server that the project has chosen."""
    await conn.execute(
        "INSERT INTO assistant_providers (project_id, base_url, model, sealed) "
        "VALUES ($1, 'https://models.shop.example/v1', $2, $3)",
        project,
        CANARY,
        SEALER.seal(CANARY.encode(), purpose=provider_purpose(project)),
    )


async def session(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    del project
    made = ids.make()
    await conn.execute(
        "INSERT INTO sessions (id, user_id, token_hash, expires_at, device) VALUES ($1, $2, $3, $4, $5)",
        made,
        owner.id,
        os.urandom(32),
        ids.now() + 1_000_000,
        CANARY,
    )
    return made


async def identity(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    del project
    made = ids.make()
    await conn.execute(
        "INSERT INTO identities (id, user_id, issuer, subject, email) VALUES ($1, $2, $3, $4, $5)",
        made,
        owner.id,
        "https://id.example",
        made.hex(),
        "canary@shop.example",
    )
    return made


async def avatar(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    del project
    made = ids.make()
    await conn.execute(
        "INSERT INTO avatars (user_id, version, media_type, image) VALUES ($1, $2, 'image/png', $3)",
        owner.id,
        made,
        b"\x89PNG\r\n\x1a\n",
    )
    return made


# `{name}` of a path → its factory. Add a factory for a new name, and foreign ids of it are tried everywhere.
MAKERS: Final[dict[str, Maker]] = {
    "user": member,
    "invitation": invitation,
    "key": key_of_others,
    "response": canned_response,
    "secret": identity_secret,
    "block": address_block,
    "note": visitor_note,
    "webhook": webhook,
    "delivery": delivery,
    "template": form_template,
    "message": form_answer,
    "turn": turn,
    "article": knowledge_factories.article,
    "gap": knowledge_factories.gap,
    "imported": knowledge_factories.article_import,
    "session": session,
    "identity": identity,
    "version": avatar,
    "attachment": attachment_steps.attachment,
    "copilot_session": copilot_session,
    "copilot_message": copilot_message,
    "social_draft": social_draft,
    "push_subscription": push_subscription,
}
WORDS: Final = {
    "provider": "nowhere",
    "number": "1",
    "theme": "dracula",
}  # parameters of paths that are not ids


def path(route: Route, names: dict[str, str]) -> str:
    """The path with its ids; fails with instructions for a parameter without a factory."""
    made = route.path
    for parameter in route.parameters:
        name = parameter.rpartition(":")[2]
        value = names.get(name) or WORDS.get(name)
        assert value, (
            f"{route.method} {route.path}: add a factory for {{{name}}} to tests/integration/api/factories.py"
        )
        made = made.replace("{" + parameter + "}", value)
    return made


def query(route: Route, names: dict[str, str]) -> str:
    """The parameters that the route requires; fails with instructions for one without a value."""
    given = {"q": "canary", "ids": names.get("attachment", "")}
    fields = () if route.query is None else msgspec.structs.fields(route.query)
    required = [field.name for field in fields if field.required]
    for name in required:
        assert given.get(name), f"{route.method} {route.path}: add {name} to `query` in this file"
    return "?" + urlencode({name: given[name] for name in required}) if required else ""


def body(route: Route) -> Any:
    """The route's own example."""
    return None if route.body is None else example(route.body)


async def ask(
    route: Route,
    caller: Caller,
    filled: FilledProject,
    *,
    names: dict[str, str] | None = None,
    **headers: str,
) -> Answer:
    """Call a route as documented, from an allowed origin."""
    if route.access in PAGES:
        headers.setdefault("Origin", PAGE)
    if route.access is Access.COOKIE:
        headers.setdefault("Origin", OURS)
    if route.access is Access.VISITOR:
        headers.setdefault("Authorization", f"Visitor {filled.key}")
    given = {}
    if route.upload is not None:
        headers.setdefault("Content-Type", route.upload.media_types[0])
        given["data"] = CANARY.encode() if route.json is None else msgspec.json.encode(example(route.json))
    used = names or filled.ids
    target = path(route, used) + query(route, used)
    return await caller.call(route.method, target, body(route), headers, **given)
