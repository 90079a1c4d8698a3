"""Which web pages may connect: checks the `Origin` header against a project's domains. Pure."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

import idna

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

# Exactly what a browser sends (RFC 6454, 6.2): no path, no userinfo, ASCII only. Anything else, including
# `null`, is rejected: a lenient parser would accept `https://shop.example@evil.example`.
_HOST: Final = r"(?P<host>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]{2,45}\])"
_ORIGIN: Final = re.compile(
    rf"(?P<scheme>https?)://{_HOST}(?::(?P<port>\d{{1,5}}))?", re.ASCII | re.IGNORECASE
)
_DOMAIN: Final = re.compile(rf"(?P<star>\*\.)?{_HOST}(?::(?P<port>\d{{1,5}}))?", re.ASCII)


class Origin(NamedTuple):
    scheme: str
    host: str
    port: int


def parse(origin: str | None) -> Origin | None:
    """The parts of an `Origin` header, lower case, with an explicit port; None for an invalid one."""
    found = _ORIGIN.fullmatch(origin) if origin and origin.isascii() else None
    if found is None or ".." in found["host"]:
        return None
    scheme = found["scheme"].lower()
    port = int(found["port"]) if found["port"] else DEFAULT_PORTS[scheme]
    return Origin(scheme, found["host"].lower(), port) if 0 < port < 65_536 else None


def normalise(domain: str) -> str:
    """A domain as we store it: `host`, `host:port` or `*.host`, lower case, punycoded.

    Raises ValueError with a sentence for the user. A bare host allows all its ports: the page's owner owns
    them all, and developers change theirs daily. `*.host` allows the subdomains of `host`, not `host` itself.
    """
    given = domain.strip()
    if not given.isascii():
        star, bare = ("*.", given[2:]) if given.startswith("*.") else ("", given)
        host, colon, port = bare.partition(":")
        try:
            given = star + idna.encode(host, uts46=True).decode() + colon + port
        except idna.IDNAError:
            raise ValueError(f"{domain!r} is not a host name") from None
    found = _DOMAIN.fullmatch(given.lower())
    if found is None or ".." in given:
        raise ValueError(f"{domain!r} must be a host, host:port or *.host")
    if found["port"] and not 0 < int(found["port"]) < 65_536:
        raise ValueError(f"{domain!r} has an invalid port")
    if found["star"] and found["host"].startswith("["):
        raise ValueError(f"{domain!r}: an IP address has no subdomains")
    return given.lower()


def resolvable(domain: str) -> bool:
    """Whether a normalised domain respects the limits of RFC 1035, 2.3.4: 63 per label, 253 in all."""
    found = _DOMAIN.fullmatch(domain)
    return found is not None and len(found["host"]) <= 253 and max(map(len, found["host"].split("."))) <= 63


def too_wide(domain: str) -> bool:
    """Whether a normalised domain allows a whole top-level domain: `*.com`, but not `*.localhost`."""
    found = _DOMAIN.fullmatch(domain)
    if found is None or not found["star"]:
        return False
    return "." not in found["host"] and found["host"] != "localhost"


def allowed(origin: str | None, domains: Iterable[str]) -> bool:
    """Whether a page of `origin` may use a project with these domains. Fails closed."""
    page = parse(origin)
    return page is not None and any(_matches(page, domain) for domain in domains)


def is_own(origin: str | None, *, public: str, host: str | None) -> bool:
    """Whether `origin` is this server: its public origin, or the host that this request was sent to.

    For the host the scheme is not compared: behind a proxy that terminates TLS we cannot know it.
    """
    page = parse(origin)
    if page is None:
        return False
    if page == parse(public):
        return True
    return host is not None and page == parse(f"{page.scheme}://{host}")


def _matches(page: Origin, domain: str) -> bool:
    try:
        found = _DOMAIN.fullmatch(normalise(domain))
    except ValueError:
        return False  # an invalid domain matches no page, and does not affect the other domains
    if found is None or (found["port"] and int(found["port"]) != page.port):
        return False
    host = found["host"]
    return page.host.endswith("." + host) if found["star"] else page.host == host
