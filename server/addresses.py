"""Whose request it is: the peer's address, or what a proxy that we trust says it was."""

import ipaddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxies:
    """The proxies whose X-Forwarded-For is believed."""

    def __init__(self, trusted: str) -> None:
        """`trusted`: networks, separated by commas; raises ValueError for anything else."""
        self._trusted: list[Network] = [
            ipaddress.ip_network(each.strip(), strict=False) for each in trusted.split(",") if each.strip()
        ]

    def client(self, peer: str, forwarded: str) -> str:
        """The address to count by; `forwarded` is X-Forwarded-For, several of them joined by commas.

        Read from the right, where our own proxies wrote; what stands beyond the first address that is not
        ours may be anything.
        """
        if not self._trusted or not self._trusts(peer):
            return peer
        client = peer
        for hop in reversed(forwarded.split(",")):
            address = _parsed(hop)
            if address is None:
                return client
            client = address
            if not self._trusts(address):
                return client
        return client

    def _trusts(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found.version == network.version and found in network for network in self._trusted)


def _parsed(hop: str) -> str | None:
    text = hop.strip().removeprefix("[")
    host, bracket, _ = text.partition("]")
    if not bracket and text.count(":") == 1:  # IPv4 with a port
        host = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None
