"""Allowed origins: the table that the gateway's handshake and the public routes share."""

import pytest

from core.text import origins

SHOP = ["shop.example", "dev.example:3000", "*.wild.example", "bücher.example", "localhost", "[::1]:8080"]

ALLOWED = [
    "https://shop.example",
    "http://shop.example",
    "https://SHOP.Example",
    "HTTPS://shop.example",
    "https://shop.example:8443",
    "http://dev.example:3000",
    "https://dev.example:3000",
    "https://a.wild.example",
    "https://b.a.wild.example",
    "https://a.wild.example:444",
    "https://xn--bcher-kva.example",
    "http://localhost",
    "http://localhost:5173",
    "http://[::1]:8080",
]

REFUSED = [
    None,
    "",
    "null",
    "*",
    "shop.example",
    "//shop.example",
    "file://shop.example",
    "ftp://shop.example",
    "chrome-extension://shop.example",
    "https://shop.example/",
    "https://shop.example.",
    "https://shop.example.evil.example",
    "https://evilshop.example",
    "https://evil-shop.example",
    "https://www.shop.example",
    "https://shop.example@evil.example",
    "https://evil.example#shop.example",
    "https://evil.example?shop.example",
    "https://evil.example/shop.example",
    "https://evil.example\\shop.example",
    "https://shop.example\n",
    "https://shop.example evil.example",
    "https://shop.example,https://evil.example",
    "https://shop.example:",
    "https://shop.example:0",
    "https://shop.example:99999",
    "https://shop.example:80x",
    "https://shop.example:٤٤٣",
    "http://dev.example",
    "http://dev.example:3001",
    "http://dev.example:30000",
    "https://wild.example",
    "https://.wild.example",
    "https://a..wild.example",
    "https://evilwild.example",
    "https://bücher.example",
    "https://bucher.example",
    "http://[::1]",
    "http://localhost.evil.example",
    "https://" + "a" * 5_000 + ".evil.example",
]


@pytest.mark.parametrize("origin", ALLOWED)
def test_a_page_on_a_domain_of_the_project_is_allowed(origin: str) -> None:
    assert origins.allowed(origin, SHOP)


@pytest.mark.parametrize("origin", REFUSED)
def test_any_other_origin_is_refused(origin: str | None) -> None:
    assert not origins.allowed(origin, SHOP)


def test_a_project_without_domains_allows_no_origin() -> None:
    assert not origins.allowed("https://shop.example", [])


def test_a_malformed_domain_allows_no_origin_and_does_not_affect_the_others() -> None:
    assert origins.allowed("https://shop.example", ["*", "", "a b", "shop.example"])
    assert not origins.allowed("https://evil.example", ["*", "*.", "https://evil.example", "evil.example/"])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Shop.Example ", "shop.example"),
        ("shop.example:8080", "shop.example:8080"),
        ("*.Shop.example", "*.shop.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("*.bücher.example:81", "*.xn--bcher-kva.example:81"),
        ("127.0.0.1:8000", "127.0.0.1:8000"),
        ("[::1]", "[::1]"),
    ],
)
def test_a_domain_is_normalised(given: str, kept: str) -> None:
    assert origins.normalise(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "*",
        "*.",
        "a b",
        "https://shop.example",
        "shop.example/x",
        "a..b",
        "*.*.example",
        "x.*",
        "h:0",
        "*.[::1]",
    ],
)
def test_an_invalid_domain_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="'"):
        origins.normalise(given)


@pytest.mark.parametrize(
    ("origin", "public", "host", "own"),
    [
        ("https://chat.example", "https://chat.example", "10.0.0.1:8000", True),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000", None, True),
        ("http://192.168.1.5:8000", "http://127.0.0.1:8000", "192.168.1.5:8000", True),
        ("https://chat.example", "http://127.0.0.1:8000", "chat.example", True),
        ("http://chat.example", "https://chat.example", "other.example", False),
        ("https://evil.example", "https://chat.example", "chat.example", False),
        ("https://chat.example:444", "https://chat.example", "chat.example", False),
        ("null", "https://chat.example", "null", False),
        (None, "https://chat.example", "chat.example", False),
        ("https://evil.example", "https://chat.example", "evil.example@x", False),
    ],
)
def test_our_own_pages_are_recognised(origin: str | None, public: str, host: str | None, own: bool) -> None:
    assert origins.is_own(origin, public=public, host=host) is own


def test_names_too_long_for_a_resolver_are_recognised() -> None:
    label = "a" * 63
    assert all(
        map(origins.resolvable, ("shop.example", "*.shop.example:80", "[::1]:8080", f"{label}.example"))
    )
    assert not origins.resolvable(f"{label}a.example")
    assert not origins.resolvable(".".join([label] * 4))


def test_a_wildcard_for_a_whole_suffix_is_too_wide() -> None:
    assert all(map(origins.too_wide, ("*.com", "*.com:8080")))
    assert not any(
        map(origins.too_wide, ("*.shop.example", "*.localhost", "*.localhost:3000", "localhost", "com"))
    )
