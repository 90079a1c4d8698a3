"""The client's address behind proxies, and with forged headers."""

import pytest

from server.addresses import Proxies, canonical, network

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
        ("10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "[::ffff:203.0.113.9]:443", "203.0.113.9"),
        ("10.0.0.1", "::FFFF:cb00:7109", "203.0.113.9"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("::ffff:10.0.0.1", "6.6.6.6, 203.0.113.9, ::ffff:10.0.0.2", "203.0.113.9"),
        ("::ffff:203.0.113.9", "1.2.3.4", "203.0.113.9"),
    ],
)
def test_only_the_part_that_our_own_proxies_wrote_is_trusted(peer: str, forwarded: str, client: str) -> None:
    assert Proxies(OURS).client(peer, forwarded) == client


def test_without_proxies_no_forwarded_address_is_trusted() -> None:
    assert Proxies("").client("10.0.0.1", "203.0.113.9") == "10.0.0.1"


def test_a_malformed_list_of_proxies_is_refused() -> None:
    with pytest.raises(ValueError, match="does not appear"):
        Proxies("10.0.0.0/8, proxy.example")


def test_an_ipv4_mapped_address_equals_its_ipv4_address_everywhere() -> None:
    assert canonical("::ffff:198.51.100.1") == canonical("::FFFF:c633:6401") == "198.51.100.1"
    assert Proxies("").client("::ffff:198.51.100.1", "") == "198.51.100.1"
    assert network("::ffff:198.51.100.1") == "198.51.100.1" != network("::ffff:198.51.100.2")
    assert canonical("2001:DB8:0::1") == "2001:db8::1"


def test_proxies_given_as_mapped_networks_equal_the_ipv4_networks() -> None:
    assert Proxies("::ffff:10.0.0.0/104").client("10.1.2.3", "203.0.113.9") == "203.0.113.9"
    assert Proxies("::ffff:192.0.2.7").trusts("::ffff:192.0.2.7")
    assert not Proxies("::ffff:192.0.2.7").trusts("192.0.2.8")


def test_an_ipv6_prefix_of_64_bits_is_one_network_and_other_text_counts_as_itself() -> None:
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9") != network("2001:db8:1:3::1")
    assert network("fe80::1%eth0") == network("fe80::2")
    assert network("192.0.2.7") == "192.0.2.7"
    assert network("unknown") == "unknown"
    assert network("a:b:c") == "a:b:c"
