"""The providers of PARLEY_AI: read, completed and refused, without quoting a key."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.config import ai_providers
from core.config.settings import SettingsError, read

KEY = "sk-a-key-that-nobody-may-see"
ONE = {"name": "Example", "base_url": "https://api.example.com/v1", "model": "small-1"}


def listed(*given: dict[str, Any]) -> str:
    return json.dumps(list(given))


def test_an_empty_setting_is_no_provider() -> None:
    assert ai_providers.read("") == ai_providers.read(" \n") == ai_providers.read("[]") == ()


def test_providers_keep_their_order_and_have_defaults() -> None:
    first, second = ai_providers.read(
        listed(ONE | {"base_url": "https://b.example/v1/"}, ONE | {"name": "2"})
    )
    assert (first.name, first.base_url, first.key) == ("Example", "https://b.example/v1", "")
    assert (first.scripted, first.tools, first.price_in) == (False, True, 0.0)
    assert second.name == "2"


def test_the_key_of_a_file_is_its_first_line(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f" {KEY}\r\nanother\n")
    (made,) = ai_providers.read(listed(ONE | {"key_file": str(tmp_path / "key")}))
    assert made.key == KEY


def test_a_provider_does_not_show_its_key() -> None:
    (made,) = ai_providers.read(listed(ONE | {"key": KEY}))
    assert made.key == KEY
    assert KEY not in f"{made!r} {made} {(made,)}"


def test_the_cost_is_in_millionths() -> None:
    (made,) = ai_providers.read(listed(ONE | {"price_in": 0.4, "price_out": 1.6}))
    assert made.cost(1_000_000, 500_000) == 1_200_000
    assert made.cost(3, 1) == 3


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1234/v1", "http://[::1]/v1", "http://10.1.2.3/v1", "http://ollama:11434/v1"],
)
def test_a_key_may_go_without_tls_within_the_own_network(url: str) -> None:
    (made,) = ai_providers.read(listed(ONE | {"key": KEY, "base_url": url}))
    assert made.base_url == url


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"base_url": "api.example.com/v1"}, "needs a `base_url`"),
        ({"base_url": "ftp://api.example.com/v1"}, "needs a `base_url`"),
        ({"base_url": "https://api.example.com/v1?x=1"}, "needs a `base_url`"),
        ({"base_url": "https://api example.com/v1"}, "needs a `base_url`"),
        ({"base_url": "https://[::1/v1"}, "needs a `base_url`"),
        ({"base_url": "https://h:port/v1"}, "needs a `base_url`"),
        ({"base_url": f"https://u:{KEY}@api.example.com/v1"}, "not into its `base_url`"),
        ({"base_url": "http://api.example.com/v1"}, "needs https://"),
        ({"key_file": "/no/such/file"}, "has a `key` and a `key_file`"),
        ({"key_file": "/no/such/file", "key": ""}, "cannot be read: No such file"),
        ({"key": f"{KEY}\nX-Other: 1"}, "characters that a key cannot have"),
        ({"key": f"{KEY}ü"}, "characters that a key cannot have"),
        ({"model": ""}, "length >= 1"),
        ({"name": "a\nb"}, "cannot be shown"),
        ({"price_in": -1}, ">= 0"),
        ({"prize": 1}, "unknown field `prize`"),
        ({"tools": "yes"}, "bool"),
    ],
)
def test_a_wrong_provider_is_refused_without_its_key(given: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read({"PARLEY_AI": listed(ONE | {"key": KEY} | given)})
    assert str(refused.value).startswith("PARLEY_AI: ")
    assert why in str(refused.value)
    assert KEY not in str(refused.value)


def test_an_empty_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n")
    with pytest.raises(ValueError, match="first line"):
        ai_providers.read(listed(ONE | {"key_file": str(tmp_path / "key")}))
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="not text"):
        ai_providers.read(listed(ONE | {"key_file": str(tmp_path / "key")}))


@pytest.mark.parametrize("text", ["{", "{}", '["x"]', '[{"name": "x"}]', "[" * 10_000, listed(ONE, ONE)])
def test_anything_but_a_list_of_providers_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="PARLEY_AI"):
        read({"PARLEY_AI": text})


def test_a_list_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 10"):
        ai_providers.read(listed(*(ONE | {"name": str(number)} for number in range(11))))
