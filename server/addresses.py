"""Client addresses: their canonical spelling, the network for limits, and which proxies are trusted."""

import ipaddress
from typing import Final

from core.text.networks import Network, unmapped

LINE: Final = 64  # bits of an IPv6 address that identify a subscriber, who chooses the other 64


class Proxies:
    """The proxies whose X-Forwarded-For is trusted."""

    def __init__(self, trusted: str) -> None:
        """`trusted`: networks separated by commas; raises ValueError for anything else."""
        self._trusted: list[Network] = [
            unmapped(ipaddress.ip_network(each.strip(), strict=False))
            for each in trusted.split(",")
            if each.strip()
        ]

    def client(self, peer: str, forwarded: str) -> str:
        """The client's canonical address; `forwarded` is X-Forwarded-For, several headers joined by commas.

        Read from the right, where our own proxies append; everything left of the first address that is not a
        trusted proxy may be forged.
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
        """Whether the address is a trusted proxy: limits per peer address do not apply to those."""
        if not self._trusted:
            return False
        try:
            found = ipaddress.ip_address(canonical(address))
        except ValueError:
            return False
        return any(found.version == network.version and found in network for network in self._trusted)


def canonical(address: str) -> str:
    """The spelling to compare, count and show; an IPv4-mapped IPv6 address becomes the IPv4 address.

    A dual-stack listener, nginx and Node write `::ffff:192.0.2.7`. A text that is no address is returned
    unchanged.
    """
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found.ipv4_mapped or found)


def network(address: str) -> str:
    """The network for limits: an IPv4 address, or an IPv6 /64. A text that is no address stays as it is."""
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
