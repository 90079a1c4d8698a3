"""Networks of addresses, in CIDR notation: read, bounded and written in one spelling. Pure."""

import ipaddress
from typing import Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

WIDEST: Final = {4: 8, 6: 32}  # the shortest prefix of each version that may be blocked
MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")


class TooWide(ValueError):
    """A network of more addresses than WIDEST allows."""


def parse(text: str) -> Network:
    """The network of an address or a range; raises TooWide, or ValueError for any other text."""
    network = unmapped(ipaddress.ip_network(text.strip(), strict=False))
    if network.prefixlen < WIDEST[network.version]:
        raise TooWide
    return network


def listed(text: str) -> list[Network]:
    """The networks of a setting, separated by commas; an address is a network of one. Raises ValueError."""
    return [_strict(one.strip()) for one in text.split(",") if one.strip()]


def _strict(text: str) -> Network:
    try:
        return unmapped(ipaddress.ip_network(text))
    except ValueError:
        raise ValueError(f"{text!r} is not an address or a network such as 10.0.0.0/8") from None


def unmapped(network: Network) -> Network:
    """`::ffff:10.0.0.0/104` is 10.0.0.0/8."""
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(MAPPED):
        start = int(network.network_address) & 0xFFFF_FFFF
        return ipaddress.IPv4Network((start, network.prefixlen - MAPPED.prefixlen))
    return network


def contains(network: Network, address: str) -> bool:
    """Whether the address, in its canonical spelling, is in the network. No text that is not one is."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return found.version == network.version and found in network
