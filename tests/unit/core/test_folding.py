"""What readers take for the same word is the same when it is folded."""

import pytest

from core.text.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("HOÀN TIỀN", "hoan tien"),
        ("hoàn tiền".encode().decode(), "hoan tien"),
        ("Đổi trả", "doi tra"),
        ("hoa\u0300n tie\u0302\u0300n", "hoan tien"),  # written with combining marks
        ("Straße, Café, Łódź", "strasse, cafe, lodz"),
        ("\uff28\uff4f\uff41\uff4e", "hoan"),  # full width
        ("\ufb01ne", "fine"),  # a ligature
        (
            "\U0001d5db\U0001d5f2\U0001d5f9\U0001d5f9\U0001d5fc",
            "hello",
        ),  # letters of mathematics, which people write for bold ones
        ("\u0415\u0429\u0401", "\u0435\u0449\u0435"),
        ("\u043a\u0430\u043a\u043e\u0439", "\u043a\u0430\u043a\u043e\u0439"),  # й is no accented и
        ("がぎ", "がぎ"),  # nor are these か and き
        ("두 번째\nline", "두 번째\nline"),
    ],
)
def test_a_text_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded
