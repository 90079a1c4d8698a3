"""Hands mails to a mail server, over one connection while there are mails to send."""

import re
import ssl
from email.message import EmailMessage
from typing import Final

import aiosmtplib

from core.config.mail_server import MailServer, Security
from core.text import reasons

CONNECT_TIMEOUT: Final = 10.0  # seconds, for each of connecting, greeting, TLS and signing in
ANSWER_TIMEOUT: Final = 40.0  # seconds for the reply to one command
GOODBYE_TIMEOUT: Final = 1.0  # seconds
PERMANENT: Final = 500  # from this reply code on a retry is pointless

_START_TLS: Final[dict[Security, bool | None]] = {
    "required": True,
    "if_offered": None,
    "never": False,
    "from_the_start": False,
}
_DETAIL: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")

WRONG: Final = (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError)


class ServerAway(Exception):
    """The mail server is unavailable; this is not about a particular mail."""


class NotNow(Exception):
    """The server did not accept this mail now; a retry may succeed."""


class Refused(Exception):
    """The server will never accept this mail."""


class MailServerLine:
    """The connection of one stage to one mail server.

    Its errors quote reply codes, never the server's text, which may quote the mail.
    """

    def __init__(self, server: MailServer, *, sender: str) -> None:
        """Does not connect yet. `sender`: the address of the envelope."""
        self._server = server
        self._sender = sender
        self._client: aiosmtplib.SMTP | None = None

    async def deliver(self, message: EmailMessage, *, recipient: str) -> None:
        """The server has accepted the mail when this returns. Raises ServerAway, NotNow, Refused."""
        client = self._client or await self._connect()
        self._client = None  # unless this delivery succeeds, the next mail gets a new connection
        try:
            await client.sendmail(self._sender, [recipient], message.as_bytes())
            self._client = client
        except aiosmtplib.SMTPRecipientsRefused as error:
            self._keep(client)
            raise _verdict("the recipient", error.recipients[0]) from None
        except aiosmtplib.SMTPDataError as error:
            self._keep(client)
            raise _verdict("the message", error) from None
        except aiosmtplib.SMTPResponseException as error:
            # The sender or the session was refused: our settings or the server are at fault, not this mail.
            raise NotNow(_quoted("refused", error)) from None
        except UnicodeEncodeError:
            raise Refused("the address is not ASCII") from None
        except WRONG as error:
            raise NotNow(_lost(error)) from None
        finally:
            if self._client is None:
                client.close()

    async def hang_up(self) -> None:
        """Sends QUIT, and does not insist on a reply."""
        client, self._client = self._client, None
        if client is not None:
            try:
                await client.quit(timeout=GOODBYE_TIMEOUT)
            except WRONG:
                client.close()

    def _keep(self, client: aiosmtplib.SMTP) -> None:
        self._client = client if client.is_connected else None

    async def _connect(self) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.user or None,
            password=self._server.password if self._server.user else None,
            use_tls=self._server.security == "from_the_start",
            start_tls=_START_TLS[self._server.security],
            tls_context=None if self._server.security == "never" else ssl.create_default_context(),
            local_hostname=self._sender.rpartition("@")[
                2
            ],  # else it looks our name up in DNS, without a timeout
            timeout=CONNECT_TIMEOUT,
        )
        try:
            await client.connect()
        except aiosmtplib.SMTPAuthenticationError as error:
            client.close()
            raise ServerAway(_quoted("refused the user and password of PARLEY_SMTP_URL", error)) from None
        except aiosmtplib.SMTPResponseException as error:
            client.close()
            raise ServerAway(_quoted("refused us", error)) from None
        except WRONG as error:
            client.close()
            raise ServerAway(_why(error)) from None
        client.timeout = ANSWER_TIMEOUT
        return client


def _verdict(what: str, error: aiosmtplib.SMTPResponseException) -> Refused | NotNow:
    said = _quoted(f"refused {what}", error)
    return Refused(said) if error.code >= PERMANENT else NotNow(said)


def _quoted(what: str, error: aiosmtplib.SMTPResponseException) -> str:
    detail = _DETAIL.match(str(error.message))
    return f"{what}: {error.code}{' ' + detail[0] if detail else ''}"


def _why(error: BaseException) -> str:
    """Why no connection was made. No mail was handed over yet, so the text cannot quote one."""
    text = reasons.said(error)
    if "STARTTLS" in text:
        return (
            "the server offers no STARTTLS, which a password or ?starttls=required in PARLEY_SMTP_URL needs"
        )
    return text


def _lost(error: BaseException) -> str:
    """Why the connection was lost during a delivery: nothing that could quote the mail."""
    known = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError, TimeoutError)
    return reasons.said(error) if isinstance(error, known) else type(error).__name__
