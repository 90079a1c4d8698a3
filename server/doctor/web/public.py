"""The public URL: its name, its certificate, and what answers there."""

import socket
import ssl
import time
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from core.config.settings import Settings
from server.doctor.findings import Code, Finding, found
from server.doctor.installation import Installation
from server.doctor.web import proxy, requests, seen
from server.doctor.web.requests import Answer, Target, Unreachable

CERTIFICATE_DAYS: Final = 14
EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  the address to ask instead


def examine(installation: Installation) -> Iterator[Finding]:
    """Blocks for as long as a websocket has to stay idle; run it in a thread."""
    target = public(installation)
    if target is None:
        return
    if installation.connect is None:
        try:
            socket.getaddrinfo(target.host, target.port)
        except OSError as error:
            yield found(
                Code.URL_UNRESOLVED,
                f"{target.host} of PARLEY_PUBLIC_URL has no address: {error.strerror}",
                f"add an A or AAAA record for {target.host}",
            )
            return
    yield from _certificate(target)
    yield from _answers(target, installation)


def _answers(target: Target, installation: Installation) -> Iterator[Finding]:
    settings = installation.settings
    try:
        answer = requests.request(
            target,
            fields={"Origin": target.origin, "Authorization": "Probe x", "X-Forwarded-For": seen.FORGED},
        )
    except Unreachable as error:
        if not isinstance(error.__cause__, ssl.SSLError):
            yield found(
                Code.URL_UNREACHABLE,
                f"{settings.origin} does not answer: {error}",
                "start the proxy, open its port in the firewall, or correct PARLEY_PUBLIC_URL",
            )
        return
    if answer.seen is None:
        yield _not_ours(answer, settings)
        return
    yield from seen.of_request(answer.seen, answer, settings, target)
    for check in proxy.CHECKS:
        try:
            yield from check(target, installation)
        except Unreachable as error:
            yield found(
                Code.NOT_EXAMINED, f"{check.__name__.strip('_')}: the connection ended: {error}", "try again"
            )


def public(installation: Installation) -> Target | None:
    """The public URL; None where no key is set, without which no request can be signed."""
    settings = installation.settings
    parts = urlsplit(settings.origin)
    if not settings.secret_key or parts.hostname is None:
        return None
    tls = parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    return Target(
        host=parts.hostname,
        port=port,
        tls=tls,
        address=installation.connect or (parts.hostname, port),
        secret=settings.secret_key,
    )


def _certificate(target: Target) -> Iterator[Finding]:
    if not target.tls:
        return
    try:
        with requests.connected(target) as link:
            assert isinstance(link, ssl.SSLSocket)
            ends = str((link.getpeercert() or {}).get("notAfter", ""))
    except ssl.SSLCertVerificationError as error:
        yield found(
            Code.TLS_UNTRUSTED,
            f"browsers refuse the certificate of {target.host}: {error.verify_message}",
            f"give the proxy a valid certificate for {target.host} with its whole chain",
        )
        return
    except OSError:
        return  # the request that follows says it
    days = (ssl.cert_time_to_seconds(ends) - time.time()) / 86_400 if ends else CERTIFICATE_DAYS
    if days < CERTIFICATE_DAYS:
        yield found(
            Code.TLS_ENDS,
            f"the certificate of {target.host} ends in {days:.0f} days",
            "certbot renew, and see why its timer does not run",
        )


def _not_ours(answer: Answer, settings: Settings) -> Finding:
    if answer.status in {502, 503, 504}:
        return found(
            Code.URL_UNREACHABLE,
            f"the proxy of {settings.origin} answers {answer.status}: it does not reach a server",
            f"start the servers, and let the proxy connect to port {settings.port}",
        )
    return found(
        Code.OTHER_SERVER,
        f"what answers at {settings.origin} ({answer.status}) is no server with this PARLEY_SECRET_KEY and"
        " this release",
        "let the proxy pass every path to Parley, give all processes the same settings, and restart them",
    )


def direct(installation: Installation) -> Iterator[Finding]:
    """Whether a server listens on this machine, without the proxy."""
    settings = installation.settings
    if not settings.secret_key:
        return
    host = EVERYWHERE.get(settings.host, settings.host)
    target = Target(
        host=host, port=settings.port, tls=False, address=(host, settings.port), secret=settings.secret_key
    )
    try:
        answer = requests.request(target)
    except Unreachable as error:
        yield found(
            Code.NO_SERVER,
            f"no server answers at {host}:{settings.port}: {error}",
            "systemctl start parley-server@1, or parley server; --remote if it runs on other machines",
        )
        return
    if answer.seen is None:
        yield _not_ours(answer, settings)
    else:
        yield from seen.of_server(answer.seen)
