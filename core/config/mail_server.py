"""The mail server and the sender: PARLEY_SMTP_URL and PARLEY_MAIL_FROM, parsed."""

from email.headerregistry import Address
from email.utils import parseaddr
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from core.text import emails

Security = Literal["required", "if_offered", "never", "from_the_start"]
"""TLS: by STARTTLS or none; `from_the_start` is smtps."""

_STARTTLS: Final[dict[str, Security]] = {
    "required": "required",
    "if_offered": "if_offered",
    "never": "never",
}
PORTS: Final = {"smtp": 587, "smtps": 465}


class MailServer(msgspec.Struct, frozen=True):
    """`user` empty: without authentication."""

    host: str
    port: int
    user: str
    password: str
    security: Security


def mail_server(url: str) -> MailServer:
    """`smtp://user:password@host:587?starttls=required` or `smtps://…:465`; raises ValueError.

    By default a password is never sent without TLS.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("its port must be a number") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("must be smtp://user:password@host:587 or smtps://user:password@host:465")
    if parts.path.strip("/") or parts.fragment:
        raise ValueError("write characters like / and # in the user or password as %2F and %23")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme == "smtps":
        security: Security | None = None if asked else "from_the_start"
    else:
        usual = "required" if user else "if_offered"
        security = _STARTTLS.get(asked.pop("starttls", usual)) if asked.keys() <= {"starttls"} else None
    if security is None:
        raise ValueError("its only option is ?starttls=required, if_offered or never, with smtp://")
    return MailServer(parts.hostname, port or PORTS[parts.scheme], user, password, security)


def sender(text: str) -> Address:
    """`Name <address>` or an address; raises ValueError."""
    name, address = parseaddr(text)
    if not address or any(ord(char) < 32 for char in text):
        raise ValueError("must be an address, or a name and <an address>")
    return Address(display_name=name, addr_spec=emails.normalise(address))
