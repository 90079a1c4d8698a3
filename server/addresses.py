"""Client addresses: one spelling for each, the network it is counted by, and which proxies are believed."""

import ipaddress
from typing import Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LINE: Final = 64  # bits of an IPv6 address that name one subscriber; the other 64 are theirs to choose
MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")


class Proxies:
    """The proxies whose X-Forwarded-For is believed."""

    def __init__(self, trusted: str) -> None:
        """`trusted`: networks, separated by commas; raises ValueError for anything else."""
        self._trusted: list[Network] = [
            _unmapped(ipaddress.ip_network(each.strip(), strict=False))
            for each in trusted.split(",")
            if each.strip()
        ]

    def client(self, peer: str, forwarded: str) -> str:
        """The address to count by, canonical; `forwarded` is X-Forwarded-For, several joined by commas.

        Read from the right, where our own proxies wrote; what stands beyond the first address that is not
        ours may be anything.
        """
        client = canonical(peer)
        if not self.trusts(client):
            return client
        for hop in reversed(forwarded.split(",")):
            address = _parsed(hop)
            if address is None:
                return client
            client = address
            if not self.trusts(address):
                return client
        return client

    def trusts(self, address: str) -> bool:
        """Whether it is one of our proxies: shares per peer address do not hold for those."""
        if not self._trusted:
            return False
        try:
            found = ipaddress.ip_address(canonical(address))
        except ValueError:
            return False
        return any(found.version == network.version and found in network for network in self._trusted)


def canonical(address: str) -> str:
    """The one spelling that is compared, counted and shown; an IPv4-mapped IPv6 address is the IPv4 one.

    A listener for both families, nginx and Node write `::ffff:192.0.2.7`. What is no address stays as it is.
    """
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found.ipv4_mapped or found)


def network(address: str) -> str:
    """What limits count an address by: IPv4 itself, IPv6 by its /64. What is no address counts as itself."""
    spelled = canonical(address)
    if ":" not in spelled:
        return spelled
    try:
        found = ipaddress.IPv6Address(spelled)
    except ValueError:
        return spelled
    return str(ipaddress.IPv6Network((found, LINE), strict=False).network_address)


def _parsed(hop: str) -> str | None:
    text = hop.strip().removeprefix("[")
    host, bracket, _ = text.partition("]")
    if not bracket and text.count(":") == 1:  # IPv4 with a port
        host = text.partition(":")[0]
    try:
        return canonical(str(ipaddress.ip_address(host)))
    except ValueError:
        return None


def _unmapped(given: Network) -> Network:
    """`::ffff:10.0.0.0/104` is 10.0.0.0/8."""
    if isinstance(given, ipaddress.IPv6Network) and given.subnet_of(MAPPED):
        start = int(given.network_address) & 0xFFFF_FFFF
        return ipaddress.IPv4Network((start, given.prefixlen - MAPPED.prefixlen))
    return given
