"""Records of notifications, for factories.py."""

import os

from core import ids
from core.config import settings
from core.db.connection import Connection
from core.db.notifications import keys as push_keys
from core.identity.encryption import Sealer
from core.ids import ProjectId
from tests.integration.api.api_fixture import Person
from tests.stack import SECRET


async def push_subscription(conn: Connection, project: ProjectId, owner: Person) -> bytes:
    del project
    sealer = Sealer.of(settings.read({"PARLEY_SECRET_KEY": SECRET}))
    key = await push_keys.current(conn, sealer, now=ids.now())
    made, session = ids.make(), ids.make()
    await conn.execute(
        "INSERT INTO sessions (id, user_id, token_hash, expires_at) "
        "VALUES ($1, $2, $3, now() + interval '1 day')",
        session,
        owner.id,
        os.urandom(32),
    )
    await conn.execute(
        "INSERT INTO push_subscriptions (id, user_id, session_id, key_id, endpoint_hash, sealed, service, "
        "created_at) VALUES ($1, $2, $3, $4, $5, $6, 'push.example', now())",
        made,
        owner.id,
        session,
        key.id,
        os.urandom(32),
        os.urandom(64),
    )
    return made
