"""URLs and texts from browsers are limited in bytes, and stay valid when they are cut."""

import pytest

from core.bus.pages import cut_text, cut_url, tab_mark


def test_a_text_is_cut_between_characters() -> None:
    assert cut_text("short", 5) == "short"
    assert cut_text("Giày đỏ", 4) == "Gia"[:2] + "à"
    assert cut_text("\U0001f600" * 30, 10) == "\U0001f600" * 2


@pytest.mark.parametrize(
    ("url", "most", "cut"),
    [
        ("https://shop.example/a?b=1", 100, "https://shop.example/a?b=1"),
        ("https://shop.example/a?b=1&c=2", 28, "https://shop.example/a?b=1"),
        ("https://shop.example/a?b=1", 24, "https://shop.example/a"),
        ("https://shop.example/%E2%82%AC", 27, "https://shop.example/%E2%82"),
        ("https://shop.example/%E2%82%AC", 28, "https://shop.example/%E2%82"),
        ("https://shop.example/%E2%82%AC", 29, "https://shop.example/%E2%82"),
        ("https://shop.example/%E2%82%AC", 30, "https://shop.example/%E2%82%AC"),
        ("https://bücher.example/", 11, "https://bü"),
    ],
)
def test_a_url_is_cut_between_parameters_and_escapes(url: str, most: int, cut: str) -> None:
    assert cut_url(url, most) == cut
    assert len(cut_url(url, most).encode()) <= most


def test_a_tab_is_marked_only_with_a_page() -> None:
    assert len(tab_mark(b"t" * 16, "https://shop.example/")) == 8
    assert tab_mark(b"t" * 16, "") == tab_mark(b"", "https://shop.example/") == b""
    assert tab_mark(b"t" * 16, "https://a.example/") != tab_mark(b"t" * 16, "https://b.example/")
