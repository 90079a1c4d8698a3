"""The mail server: connection, TLS, user and password, and on request a real mail."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final

from core.config import mail_server
from core.config.mail_server import MailServer
from core.text import reasons
from server.doctor.findings import Code, Finding, found
from server.doctor.installation import Installation
from server.doctor.machine import is_local

TIMEOUT: Final = 10.0  # seconds for connecting and for each answer
SUBJECT: Final = "A test email of Parley"
TEXT: Final = "`parley doctor` has sent this email. If you can read it, Parley can send email.\n"


def examine(installation: Installation) -> Iterator[Finding]:
    """Blocks; run it in a thread."""
    settings = installation.settings
    if not settings.smtp_url:
        return
    server = mail_server.mail_server(settings.smtp_url)
    sender = mail_server.sender(settings.mail_from)
    if server.security == "never" and not is_local(server.host):
        yield found(
            Code.MAIL_PLAIN,
            f"email goes to {server.host} without TLS: password resets are readable on their way",
            "PARLEY_SMTP_URL= without ?starttls=never",
        )
    try:
        with ExitStack() as stack:
            client = stack.enter_context(_connected(server))
            if server.user:
                client.login(server.user, server.password)
            if installation.mail_to:
                client.send_message(_mail(str(sender), installation.mail_to))
            else:
                client.noop()
    except smtplib.SMTPAuthenticationError as error:
        yield found(
            Code.MAIL_REFUSED,
            f"{server.host} refuses the user and password ({error.smtp_code})",
            "correct them in PARLEY_SMTP_URL; write / # ? @ as %2F %23 %3F %40",
        )
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        yield found(
            Code.MAIL_REFUSED,
            f"{server.host} refuses an email from {sender.addr_spec}: {_codes(error)}",
            "PARLEY_MAIL_FROM= with an address that the user of PARLEY_SMTP_URL may send from",
        )
    except (smtplib.SMTPException, OSError) as error:
        yield found(
            Code.MAIL_AWAY,
            f"{server.host}:{server.port} cannot be used: {reasons.said(error)}",
            "correct PARLEY_SMTP_URL, and open that port in the firewall",
        )


def _connected(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "from_the_start":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
    # Else smtplib looks our own name up, without a timeout.
    client = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT, local_hostname="localhost")
    try:
        client.ehlo()
        if server.security == "required" or (server.security == "if_offered" and client.has_extn("starttls")):
            client.starttls(context=context)
            client.ehlo()
    except BaseException:
        client.close()
        raise
    return client


def _mail(sender: str, recipient: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, SUBJECT
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2].rstrip(">"))
    mail.set_content(TEXT)
    return mail


def _codes(error: smtplib.SMTPException) -> str:
    """The reply codes; never the text, which may quote the mail."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return ", ".join(str(code) for code, _ in error.recipients.values())
    return str(getattr(error, "smtp_code", ""))
