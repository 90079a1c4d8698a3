"""Mails to users about their own account: put into the outbox in the transaction of the change."""

from core.db.connection import Connection
from core.db.ops import mails
from core.mail import AccountChange, AccountChanged, Mail
from core.model import User
from core.text import user_agent
from server.api.http.calls import Call


async def send(
    call: Call, conn: Connection, mail: Mail, *, to: str, language: str = "en", timezone: str = "UTC"
) -> None:
    """Queue a mail to an address."""
    await mails.add(
        conn,
        mail=mail,
        recipient=to,
        language=language,
        timezone=timezone,
        sealer=call.services.sealer,
        now=call.now,
    )


async def send_to(call: Call, conn: Connection, mail: Mail, user: User) -> None:
    """Queue a mail to a user's address, in the user's language."""
    await send(call, conn, mail, to=user.email, language=user.language, timezone=user.timezone)


async def notify(
    call: Call, conn: Connection, user: User, change: AccountChange, *, provider: str = ""
) -> None:
    """Notify the owner by mail that a way into the account changed, and from which browser and address."""
    device, address = user_agent.described(call.agent), call.address[:64]
    mail = AccountChanged(change, user.full_name, call.now, device, address, provider)
    await send_to(call, conn, mail, user)


def link(call: Call, place: str, token: str = "") -> str:
    """A link to a page of the dashboard; the token is in the fragment, which browsers do not send."""
    page = f"{call.services.settings.origin}/app/{place}"
    return f"{page}#{token}" if token else page
