"""SPF, DMARC and DKIM of the sender's domain: without them much email ends in spam folders."""

from collections.abc import Iterator

from core.config import mail_server
from server.doctor.findings import Code, Finding, found
from server.doctor.installation import Installation
from server.doctor.machine import is_local
from server.doctor.mail import dns
from server.doctor.mail.dns import NoAnswer


def examine(installation: Installation) -> Iterator[Finding]:
    """At most four questions of three seconds each; run it in a thread."""
    settings = installation.settings
    if not settings.smtp_url:
        return
    sender = mail_server.sender(settings.mail_from)
    domain = sender.domain.encode("idna").decode() if sender.domain else ""
    if not domain or is_local(domain):
        return
    try:
        server = installation.name_server or dns.name_server()
        yield from _records(domain, installation.dkim_selector, server)
    except NoAnswer as error:
        yield found(
            Code.DNS_AWAY,
            f"SPF, DKIM and DMARC of {domain} could not be read: {error}",
            "run it on a machine with a name server, or --name-server 192.0.2.53",
        )


def _records(domain: str, selector: str, server: tuple[str, int]) -> Iterator[Finding]:
    if not any(text.startswith("v=spf1") for text in dns.texts(domain, server=server)):
        yield found(
            Code.NO_SPF,
            f"{domain} has no SPF record: receivers cannot see that your mail server may send for it",
            f'{domain}. TXT "v=spf1 include:YOUR-MAIL-PROVIDER -all"',
        )
    parent = domain.partition(".")[2]
    names = [domain] + ([parent] if "." in parent else [])
    if not any(
        text.startswith("v=DMARC1") for name in names for text in dns.texts(f"_dmarc.{name}", server=server)
    ):
        yield found(
            Code.NO_DMARC,
            f"{domain} has no DMARC record: large providers refuse or hide its email",
            f'_dmarc.{domain}. TXT "v=DMARC1; p=none; rua=mailto:postmaster@{domain}"',
        )
    if selector and not any(
        "p=" in text for text in dns.texts(f"{selector}._domainkey.{domain}", server=server)
    ):
        yield found(
            Code.NO_DKIM,
            f"{selector}._domainkey.{domain} has no DKIM key: signatures of your mails cannot be checked",
            f"{selector}._domainkey.{domain}. TXT with the key that your mail provider shows",
        )
