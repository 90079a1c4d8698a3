"""Lists of networks in a setting."""

import ipaddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def listed(text: str) -> list[Network]:
    """The networks of a comma-separated list; an address is a network of one. Raises ValueError."""
    return [_network(one.strip()) for one in text.split(",") if one.strip()]


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(f"{text!r} is not an address or a network such as 10.0.0.0/8") from None
