"""Whose request it is, behind proxies and behind liars."""

import pytest

from server.addresses import Proxies

OURS = "10.0.0.0/8, 192.0.2.7, fd00::/8"


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "1.2.3.4", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("192.0.2.7", "203.0.113.9:4711", "203.0.113.9"),
        ("192.0.2.8", "203.0.113.9", "192.0.2.8"),
        ("fd00::1", "[2001:db8::5]:443", "2001:db8::5"),
        ("fd00::1", "2001:db8::5", "2001:db8::5"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9,, 10.0.0.2", "10.0.0.2"),
        ("<local>", "203.0.113.9", "<local>"),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(peer: str, forwarded: str, client: str) -> None:
    assert Proxies(OURS).client(peer, forwarded) == client


def test_without_proxies_nobody_is_believed() -> None:
    assert Proxies("").client("10.0.0.1", "203.0.113.9") == "10.0.0.1"


def test_a_list_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="does not appear"):
        Proxies("10.0.0.0/8, proxy.example")
