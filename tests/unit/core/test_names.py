"""Display names: no invisible or misleading characters, wherever a name is given."""

import pytest

from core.identity import id_tokens
from core.text import names, redaction

REVERSED = "Mai \u202egnp.exe"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Mai \t Tran ", "Mai Tran"),
        (REVERSED, "Mai gnp.exe"),
        ("\u2066Mai\u2069", "Mai"),
        ("Ma\u200bi\ufeff", "Mai"),
        ("Mai\r\nTran", "Mai Tran"),
        ("علي", "علي"),
        ("نیم\u200cفاصله", "نیم\u200cفاصله"),  # noqa: RUF001  Persian needs its joiners
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_invisible_characters_are_removed_from_a_name(given: str, kept: str) -> None:
    assert names.clean(given) == kept


@pytest.mark.parametrize("given", ["", " ", "\u202e", "\u200b\u200d", "\u3000"])
def test_a_name_without_visible_characters_counts_as_none(given: str) -> None:
    assert not names.is_visible(names.clean(given))


def test_a_name_from_a_provider_is_cleaned_too() -> None:
    claims = {"sub": "1", "email": "mai@shop.example", "email_verified": True, "name": REVERSED}
    assert id_tokens.claims(claims).name == "Mai gnp.exe"
    assert id_tokens.claims(claims | {"name": "\u202e"}).name == ""
    assert id_tokens.claims(claims | {"name": "Mai\ud800"}).name == "Mai"


def test_the_audit_log_keeps_no_text_that_reverses_the_direction_of_a_page() -> None:
    assert redaction.text(REVERSED) == "Mai gnp.exe"
