"""What a server says that it saw of a request, and what it says about itself."""

import time
from collections.abc import Iterator
from typing import Any, Final

from core.config import version
from core.config.settings import Settings
from server.doctor.findings import Code, Finding, found
from server.doctor.installation import LATE
from server.doctor.web.requests import Answer, Target

FORGED: Final = "203.0.113.77"  # an address for documentation (RFC 5737), sent as X-Forwarded-For
OWN_FILES: Final = 11_000  # beside those of websockets


def of_request(what: dict[str, Any], answer: Answer, settings: Settings, target: Target) -> Iterator[Finding]:
    """What the server says that it saw of a request with a forged X-Forwarded-For."""
    yield from _forwarded(what, own_port=answer.port)
    if what["host"] != target.authority:
        yield found(
            Code.HOST_CHANGED,
            f"the server sees Host: {what['host']} instead of {target.authority}: cookies and origins fail",
            "nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On",
        )
    if what["origin"] != target.origin:
        yield found(
            Code.ORIGIN_REMOVED,
            f"the server sees Origin: {what['origin'] or '(none)'} instead of {target.origin}",
            "remove what changes the header Origin from the proxy's configuration",
        )
    if not what["authorization"]:
        yield found(
            Code.AUTHORIZATION_REMOVED,
            "the header Authorization does not reach the server: no one can use the dashboard or the API",
            "remove what clears the header Authorization from the proxy's configuration",
        )
    if what["public_url"] != settings.origin:
        yield found(
            Code.PUBLIC_URL_DIFFERS,
            f"the server believes that its public URL is {what['public_url']}",
            f"PARLEY_PUBLIC_URL={settings.origin} for every process, then restart it",
        )
    yield from of_server(what)


def _forwarded(what: dict[str, Any], *, own_port: int) -> Iterator[Finding]:
    peer = what["peer"]
    if what["peer_port"] == own_port:
        return  # no proxy is between us
    hops = [hop.strip() for one in what["forwarded_for"] for hop in one.split(",")]
    add = "nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; HAProxy: option forwardfor"
    if not what["trusted"]:
        yield found(
            Code.PROXY_UNTRUSTED,
            f"the proxy {peer} is not in PARLEY_TRUSTED_PROXIES: all visitors count as one network",
            f"PARLEY_TRUSTED_PROXIES={peer}",
        )
    elif not hops:
        yield found(
            Code.NO_FORWARDED_FOR,
            f"the proxy sends no X-Forwarded-For: all visitors count as one network, {peer}",
            add,
        )
    elif hops[-1] == FORGED:
        yield found(
            Code.FORGED_FORWARDED_FOR,
            "the proxy passes on X-Forwarded-For without adding to it: a client chooses its own address, and"
            " escapes every limit and block",
            add,
        )


def of_server(what: dict[str, Any]) -> Iterator[Finding]:
    """What the server says about itself."""
    if what["parley"] != version.read():
        yield found(
            Code.OTHER_VERSION,
            f"the server is Parley {what['parley']}, this command is {version.read()}",
            "restart the servers, or run the command of the same installation",
        )
    if what["open_files"] < what["max_connections"] + OWN_FILES:
        yield found(
            Code.OPEN_FILES,
            f"the server may open {what['open_files']:,} files, and PARLEY_MAX_CONNECTIONS is"
            f" {what['max_connections']:,}: further clients wait",
            f"LimitNOFILE={what['max_connections'] + OWN_FILES} in the unit, or lower PARLEY_MAX_CONNECTIONS",
        )
    difference = what["at"] - time.time()
    if abs(difference) > LATE:
        yield found(
            Code.CLOCK_SERVER,
            f"the clock of the server differs from this machine's by {difference:+.0f} s",
            "run chrony or systemd-timesyncd on both machines",
        )
