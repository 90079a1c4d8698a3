"""SSRF protection: which IP addresses a user's request may go to: public ones, also when embedded in others.

`ipaddress.is_global` is not enough: it calls NAT64, 6to4, `::127.0.0.1` and multicast global, and its tables
differ between Python versions. The lists follow IANA's special-purpose registries (RFC 6890 and its updates).
"""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Final

IPv4 = ipaddress.IPv4Address
IPv6 = ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NOT_PUBLIC_4: Final = [
    ipaddress.IPv4Network(each)
    for each in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' NAT; some clouds' metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host agent, on an address that looks public
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
]
_UNICAST_6: Final = ipaddress.IPv6Network("2000::/3")  # the allocated range; everything else is special
_NOT_PUBLIC_6: Final = [
    ipaddress.IPv6Network(each)
    for each in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
]
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP: Final = (0x00005EFE, 0x02005EFE)  # RFC 5214: bits 64..95 of an address that carries an IPv4 one


def is_public(address: str) -> bool:
    """Whether it is a public unicast address, as is every IPv4 address embedded in it."""
    found = _parsed(address)
    if found is None:
        return False
    carried = list(_carried(found))
    if not carried:
        return _public(found)
    return _delivers(found) and all(_public(one) for one in carried)


def is_listed(address: str, networks: Sequence[Network]) -> bool:
    """Whether an operator allowed it for users' requests; a mapped IPv4 address counts as the IPv4 one."""
    found = _parsed(address)
    if isinstance(found, IPv6):
        found = found.ipv4_mapped or found
    return found is not None and any(
        found.version == network.version and found in network for network in networks
    )


def _parsed(address: str) -> IPv4 | IPv6 | None:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return None if isinstance(found, IPv6) and found.scope_id is not None else found


def _public(address: IPv4 | IPv6) -> bool:
    if isinstance(address, IPv4):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _UNICAST_6 and not any(address in network for network in _NOT_PUBLIC_6)


def _delivers(address: IPv4 | IPv6) -> bool:
    """Whether a network may deliver a packet to the embedded address; all other embeddings are refused."""
    return isinstance(address, IPv6) and (address.ipv4_mapped is not None or address in _NAT64)


def _carried(address: IPv4 | IPv6) -> Iterator[IPv4]:
    """The IPv4 addresses embedded in an IPv6 one: mapped, compatible, NAT64, 6to4, Teredo, ISATAP."""
    if isinstance(address, IPv4):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address in _COMPATIBLE or address in _NAT64:
        yield IPv4(int(address) & 0xFFFFFFFF)
    elif address.sixtofour is not None:
        yield address.sixtofour
    elif address.teredo is not None:
        yield from address.teredo
    elif (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        yield IPv4(int(address) & 0xFFFFFFFF)
