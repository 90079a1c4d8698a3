"""Projects and people for the tests of core.accounts and core.projects: no HTTP, asyncio and asyncpg."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Self

import msgspec
import uvloop

from core import ids
from core.action_context import MailingContext
from core.db.identity import users
from core.db.ops.audit import Actor
from core.db.projects import members
from core.errors import DomainError
from core.identity.encryption import MAIL, Sealer
from core.ids import ProjectId, UserId
from core.mail import Sealed
from core.model import Role, User
from core.projects import projects
from tests.integration.core.core_fixture import connect
from tests.stack import SECRET

NOW: Final = 1_900_000_000_000
HASH: Final = "a hash"  # of nothing: these tests verify no password
SEALER: Final = Sealer({"one": b"k" * 32})
PATIENCE: Final = 20.0  # seconds

Work = Callable[[Any], Awaitable[Any]]

_read_mail = msgspec.json.Decoder(Sealed).decode


class Office:
    """Runs work in transactions, and looks at what it left."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.secret = SECRET
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._conn: Any = None

    def __enter__(self) -> Self:
        self._runner.__enter__()
        self._conn = self._runner.run(connect(self.url))
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._conn.close())
        self._runner.close()

    def run(self, work: Work) -> Any:
        """Run `work` in a transaction; an error rolls it back."""
        return self._runner.run(_in_transaction(self._conn, work))

    def refused(self, work: Work) -> str:
        """The code of the refusal of `work`."""
        try:
            done = self.run(work)
        except DomainError as error:
            return error.code
        raise AssertionError(f"it was not refused: {done}")

    def race(self, first: Work, second: Work) -> tuple[Any, Any]:
        """The results of two transactions: the second begins before the first commits, and waits for it.

        A refusal is the DomainError.
        """

        async def both() -> tuple[Any, Any]:
            ahead = self._conn
            async with opened(self.url) as behind, opened(self.url) as watch:
                transaction = ahead.transaction()
                await transaction.start()
                won = await outcome(first(ahead))
                late = asyncio.create_task(outcome(_in_transaction(behind, second)))
                async with asyncio.timeout(PATIENCE):
                    pid = behind.get_server_pid()
                    while not await watch.fetchval("SELECT cardinality(pg_blocking_pids($1))", pid):
                        assert not late.done(), f"the second did not wait: {late.result()}"
                        await asyncio.sleep(0.01)
                await transaction.commit()
                return won, await late

        return self._runner.run(both())

    def person(self, name: str, *, password_hash: str | None = HASH, verified: bool = True) -> User:
        """A stored account."""
        made = UserId(ids.make())

        async def add(conn: Any) -> User:
            await users.add(
                conn,
                user=made,
                email=f"{made.hex()}@shop.example",
                full_name=name,
                password_hash=password_hash,
                verified_at=NOW if verified else None,
            )
            found = await users.by_id(conn, made)
            assert found is not None
            return found

        user: User = self.run(add)
        return user

    def project(self, *managers: User, agents: tuple[User, ...] = ()) -> ProjectId:
        """A project with these members; the first manager makes it."""

        async def make(conn: Any) -> ProjectId:
            made = await projects.create(
                conn, by(managers[0]), name="Shop", domains=["shop.example"], manager=managers[0].id
            )
            for role, some in (("manager", managers[1:]), ("agent", agents)):
                for user in some:
                    await members.add(conn, project=made.id, user=user.id, role=role, now=NOW)  # type: ignore[arg-type]
            return made.id

        project: ProjectId = self.run(make)
        return project

    def roles(self, project: ProjectId) -> dict[UserId, Role]:
        listed = self.run(lambda conn: members.listed(conn, project))
        return {each.user: each.role for each in listed}

    def audited(self, user: User) -> list[str]:
        """The actions of a user, the oldest first."""
        rows = self.run(
            lambda conn: conn.fetch("SELECT action FROM audit_log WHERE actor_id = $1 ORDER BY id", user.id)
        )
        return [row[0] for row in rows]

    def mails(self, address: str) -> list[Any]:
        """The queued mails to an address, the oldest first."""
        rows = self.run(
            lambda conn: conn.fetch("SELECT sealed FROM mails WHERE recipient = $1 ORDER BY id", address)
        )
        return [_read_mail(SEALER.open(row[0], purpose=MAIL)).mail for row in rows]


def by(user: User | None = None, *, now: int = NOW, agent: str = "", address: str = "") -> MailingContext:
    """A change by a user; by the system without one."""
    actor = Actor("system") if user is None else Actor("user", user.id, user.full_name)
    return MailingContext(
        actor=actor, now=now, sealer=SEALER, origin="https://chat.example", agent=agent, address=address
    )


def code(result: Any) -> str:
    """The code of a refusal."""
    assert isinstance(result, DomainError), result
    return result.code


async def outcome(work: Awaitable[Any]) -> Any:
    """The result, or the refusal."""
    try:
        return await work
    except DomainError as error:
        return error


async def _in_transaction(conn: Any, work: Work) -> Any:
    async with conn.transaction():
        return await work(conn)


@asynccontextmanager
async def opened(url: str) -> Any:
    """A connection with our codecs."""
    conn = await connect(url)
    try:
        yield conn
    finally:
        await conn.close()
