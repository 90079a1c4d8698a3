"""Steps of a user's account, for the tests of core.accounts."""

from core.accounts import (
    sessions,
    two_factor,
)
from core.accounts.sessions import Begun
from core.db.identity import sessions as session_rows
from core.db.identity import users
from core.identity import totp
from core.identity.providers import Provider
from core.mail import AccountChanged
from core.model import User
from tests.integration.core.office import NOW, Office, by

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PROVIDER = Provider(
    id="acme", client_id="parley", client_secret="shh", name="Acme", issuer="https://acme.example"
)
MINUTE = 60_000  # ms
NEW_HASH = "the hash of another password"


def begin(office: Office, user: User, *, now: int = NOW, agent: str = "") -> Begun:
    begun: Begun = office.run(
        lambda conn: sessions.begin(
            conn, by(now=now, agent=agent), user, secret=office.secret, knows_device=False
        )
    )
    return begun


def stored(office: Office, user: User) -> User:
    found: User = office.run(lambda conn: users.by_id(conn, user.id))
    return found


def living(office: Office, user: User, *, now: int = NOW) -> set[bytes]:
    return {each.session for each in office.run(lambda conn: session_rows.of_user(conn, user.id, now=now))}


def changes(office: Office, user: User) -> list[str]:
    """Which changes the user was mailed about."""
    return [mail.change for mail in office.mails(user.email) if isinstance(mail, AccountChanged)]


def enrolled(office: Office, user: User) -> bytes:
    """The secret of a second factor that is on; its code of NOW is used up."""
    secret: bytes = office.run(lambda conn: two_factor.offer(conn, by(user), user))
    office.run(lambda conn: two_factor.confirm(conn, by(user), user.id, code_at(secret, NOW)))
    return secret


def code_at(secret: bytes, now: int) -> str:
    found: str = totp._totp(secret).at(now // 1000)
    return found


def token_in(link: str) -> str:
    return link.partition("#")[2]
