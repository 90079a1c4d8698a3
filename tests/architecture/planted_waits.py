"""Waits inside a transaction that the check must find, and what it must allow: one planted function each.

Every function is written into a module of its own, below the imports of PRELUDE.
"""

from typing import Final

PRELUDE: Final = """
import smtplib
from functools import partial
import aiosmtplib
import httpx
import trio
from core.bus import rooms
from core.bus import resume_log as log
from core.bus.connection import Redis
from core.bus.identity.tickets import use
from core.db.connection import Connection
from core.db.identity import users
from core.identity import passwords
from core.projects import members
from server.api.http.calls import MemberCall
from server.api.identity import passwords as hashing
from server.api.services import live_updates
from server.api.services.audit_queue import AuditQueue
from server.api.services.rate_limiter import RateLimiter
from server.api.services.services import Services
from server.pool import Database
from worker import pool
"""

FORBIDDEN: Final = {
    "the_bus_itself": """
        async with call.services.database.transaction() as conn:
            await rooms.publish_signals(call.services.redis, [])
    """,
    "a_function_of_the_bus_by_its_own_name": """
        async with call.services.database.transaction() as conn:
            await use(client, "token")
    """,
    "a_command_of_the_client": """
        async with call.services.database.transaction() as conn:
            await call.services.redis.get("key")
    """,
    "a_pipeline": """
        async with database.transaction() as conn:
            async with redis.pipeline(transaction=False) as pipe:
                pipe.get("key")
    """,
    "what_publishes_for_handlers": """
        async with call.services.database.transaction() as conn:
            signals = await members.leave(conn, call.by, call.project, call.user.user)
            await live_updates.publish(call.services, signals)
    """,
    "a_method_of_a_service": """
        async with call.services.database.transaction() as conn:
            await call.services.rate_limiter.remember_address(call.user.user, call.address)
    """,
    "a_method_of_an_annotated_parameter": """
        async with database.transaction() as conn:
            await anything.check("route", limit, "who")
    """,
    "a_method_known_by_its_spelling": """
        async with database.transaction() as conn:
            await something.rate_limiter.first("what", "who", seconds=1)
    """,
    "a_function_that_receives_the_connection": """
        async with call.services.database.transaction() as conn:
            await helps(conn, call.services)
    """,
    "a_function_that_is_passed_on": """
        async with call.services.database.transaction() as conn:
            await apply_to_each([1, 2], partial(helps, conn))
    """,
    "a_nested_function": """
        async def inner() -> None:
            await rooms.announce(call.services.redis, [])
        async with call.services.database.transaction() as conn:
            await inner()
    """,
    "a_lambda_for_commit": """
        await call.services.database.commit(lambda conn: helps(conn, call.services))
    """,
    "a_function_for_commit": """
        async def work(conn: Connection) -> None:
            await helps(conn, call.services)
        await database.commit(work)
    """,
    "what_is_entered_after_the_transaction": """
        async with call.services.database.transaction() as conn, counted(call.services):
            await users.by_email(conn, "mai@shop.example")
    """,
    "a_transaction_of_a_worker": """
        async with conn.transaction():
            await rooms.announce(client, [])
    """,
    "a_mail_server": """
        async with database.transaction() as conn:
            await aiosmtplib.send("mail")
    """,
    "a_mail_server_that_blocks": """
        async with database.transaction() as conn:
            smtplib.SMTP("localhost")
    """,
    "another_server": """
        async with database.transaction() as conn, httpx.AsyncClient() as client:
            await users.by_email(conn, "mai@shop.example")
    """,
    "a_hash": """
        async with database.transaction() as conn:
            await hashing.hashed(call.services, "a password")
    """,
    "a_pause": """
        async with database.transaction() as conn:
            await trio.sleep(1)
    """,
    "a_transaction_begun_by_hand": """
        await conn.execute("BEGIN")
        await rooms.announce(client, [])
        await conn.execute("COMMIT")
    """,
}

ALLOWED: Final = {
    "publishing_after_the_commit": """
        async with call.services.database.transaction() as conn:
            signals = await members.leave(conn, call.by, call.project, call.user.user)
        await live_updates.publish(call.services, signals)
    """,
    "counting_around_the_transaction": """
        async with counted(call.services), call.services.database.transaction() as conn:
            await users.by_email(conn, "mai@shop.example")
    """,
    "a_connection_without_a_transaction": """
        async with database.connection() as conn:
            await users.by_email(conn, "mai@shop.example")
            await rooms.announce(client, [])
    """,
    "a_value_of_the_bus": """
        async with database.transaction() as conn:
            await conn.execute("SELECT", passwords.MIN_LENGTH, rooms.KEPT, live_updates.DEADLINE)
    """,
}

SIGNATURE: Final = (
    "call: MemberCall, conn: pool.Driver, client: Redis, redis: Redis, database: Database, "
    "anything: RateLimiter, something: object, limit: object"
)
HELPERS: Final = """
async def helps(conn: Connection, services: Services) -> None:
    await users.by_email(conn, "mai@shop.example")
    await live_updates.publish(services, [])


@asynccontextmanager
async def counted(services: Services) -> AsyncIterator[None]:
    await services.rate_limiter.count([])
    yield
"""


def module(plant: str, body: str) -> tuple[str, str]:
    """The path and the text of a module with one planted function."""
    text = f"{PRELUDE}{HELPERS}\n\nasync def {plant}({SIGNATURE}) -> None:{body}"
    return f"server/planted/{plant}.py", text
