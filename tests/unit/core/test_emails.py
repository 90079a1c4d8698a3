"""Email addresses: one form for every spelling, and none that a mail server would misread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import emails


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("mai@shop.example", "mai@shop.example"),
        ("  Mai.Tran+Shop@Shop.EXAMPLE \n", "mai.tran+shop@shop.example"),
        ("mai@müller.example", "mai@xn--mller-kva.example"),
        ("mai@MÜLLER.example", "mai@xn--mller-kva.example"),
        ("o'neill_{x}@a-b.co", "o'neill_{x}@a-b.co"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_an_address_is_normalised_to_one_form(given: str, kept: str) -> None:
    assert emails.normalise(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "mai",
        "@shop.example",
        "mai@",
        "mai@@shop.example",
        "mai@shop@other.example",
        "mai tran@shop.example",
        '"mai tran"@shop.example',
        "mai@shop.example, tom@shop.example",
        "mai@shop.example\r\nBcc: tom@shop.example",
        "mai@shop..example",
        "mai@-shop.example",
        "mai@shop.example.",
        "mai@[127.0.0.1]",
        "m\u0430i@shop.example",
        "mi\u212ae@shop.example",  # a Kelvin sign, whose lower case is a plain k
        "mai@shop.example\x00",
        "x" * 65 + "@shop.example",
        "mai@" + "a" * 64 + ".example",
        "mai@" + "a." * 130 + "example",
        "mai<script>@shop.example",
    ],
)
def test_an_invalid_address_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="not an email address"):
        emails.normalise(given)


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing(text: str) -> None:
    try:
        kept = emails.normalise(text)
    except ValueError:
        return
    assert emails.normalise(kept) == kept == kept.lower()
    assert len(kept) <= emails.MAX_LENGTH
    assert kept.isascii()
