"""What an author sends of an article: what is refused, and the form in which it is stored."""

import pytest
from msgspec.structs import replace

from core.db.knowledge.versions import Text
from server.api.http.problems import ApiError
from server.api.knowledge import texts

TEXT = Text(title="Delivery", language="en", content="Three days.")


def test_titles_categories_line_ends_and_languages_get_one_form() -> None:
    given = Text(
        title="  Delivery \u200b and\treturns ",
        language="ZH-hant-tw",
        category=" Shipping  costs ",
        url=" https://shop.example/a?b=c ",
        content="One\r\ntwo\rthree\n",
    )
    assert texts.checked(given) == Text(
        title="Delivery and returns",
        language="zh-Hant-TW",
        category="Shipping costs",
        url="https://shop.example/a?b=c",
        content="One\ntwo\nthree\n",
    )


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("title", " \u200b ", "required"),
        ("content", " \n\t\u200b", "required"),
        ("url", "https://shop.example/" + "\u70b9" * 700, "too_long"),  # an index cannot hold it
        *[
            ("url", url, "not_a_url")
            for url in (
                "shop.example",
                "/delivery",
                "//shop.example/",
                "ftp://shop.example/",
                "javascript:alert(1)",
                "https://",
                "https:///path",
                "https://me:secret@shop.example/",
                "https://shop.example/a b",
                "https://shop.example/\u202e",
                "https://shop.example:port/",
                "https://[::1/",
            )
        ],
    ],
)
def test_what_cannot_be_used_is_refused_by_its_field(field: str, value: str, code: str) -> None:
    with pytest.raises(ApiError) as refused:
        texts.checked(replace(TEXT, **{field: value}))
    assert [(one.field, one.code) for one in refused.value.errors] == [(field, code)]
