"""Tags of languages: what pages and authors write is stored in one form."""

import pytest

from core.knowledge import languages

WRITTEN = [
    ("EN", "en"),
    ("pt-br", "pt-BR"),
    ("de-CH-1996", "de-CH-1996"),
    ("es-419", "es-419"),
    ("zh-hant", "zh-Hant"),
    ("ZH-HANT-tw", "zh-Hant-TW"),
]


@pytest.mark.parametrize(("given", "stored"), WRITTEN)
def test_a_language_is_one_word_however_it_is_written(given: str, stored: str) -> None:
    assert languages.normalised(given) == stored
    assert languages.normalised(stored) == stored


@pytest.mark.parametrize(("given", "stored"), WRITTEN)
def test_the_tag_of_a_page_has_the_form_of_an_authors(given: str, stored: str) -> None:
    assert languages.tag(f" {given.replace('-', '_')} ") == stored


@pytest.mark.parametrize("given", ["", "und", "x", "english language", "a" * 21])
def test_what_is_no_tag_is_none(given: str) -> None:
    assert languages.tag(given) == ""
