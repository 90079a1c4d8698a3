"""Resolves a host once and checks every address: a caller connects to the result, never to the name."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from core.outbound import errors
from core.outbound.addresses import Network, is_listed, is_public

# (host, port, seconds) → the host's addresses. Raises OSError for an unknown host, and TimeoutError.
Resolve = Callable[[str, int, float], Awaitable[Sequence[str]]]

RESOLVED: Final = 8  # addresses of one name that are tried; an ordinary receiver has no more
WEB_PORTS: Final = frozenset({80, 443})  # below 1024; others may read a request as their own protocol


async def vetted(
    resolve: Resolve, host: str, port: int, *, seconds: float, allowed: Sequence[Network], public: bool = True
) -> Sequence[str]:
    """Every address of the host; a single refused one refuses the name, which may mix both kinds.

    `allowed`: networks that an operator allowed beside the public ones, or without `public` instead of them.
    Raises OutboundError.
    """
    try:
        found = list(dict.fromkeys(await resolve(host, port, seconds)))
    except TimeoutError:
        raise errors.TimedOut("Looking up the host name took too long.") from None
    except (OSError, UnicodeError):
        raise errors.Unresolvable("The host name has no address.") from None
    for address in found:
        if is_listed(address, allowed):
            continue
        if not is_public(address):
            raise errors.AddressRefused("The host's address is not public.")
        if not public:
            raise errors.AddressRefused("The address must begin with https://.")
        if port < 1024 and port not in WEB_PORTS:
            raise errors.BadUrl(f"Port {port} is not a port of a web server.")
    return found[:RESOLVED]
