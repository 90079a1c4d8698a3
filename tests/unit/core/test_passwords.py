"""Passwords match whichever code points a keyboard produces for the same characters."""

import unicodedata

import argon2
import pytest

from core.identity import passwords

PLAIN = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
WEAK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
WORDS = ["mật khẩu café 2024", "비밀번호는비밀입니다", "Ångström und Öl"]


def decomposed(text: str) -> str:
    """As macOS keyboards and some input methods type it."""
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize("word", WORDS)
def test_a_password_is_the_same_composed_and_decomposed(word: str) -> None:
    assert decomposed(word) != word
    assert passwords.verdict(passwords.hashed(word), decomposed(word)) == "right"
    assert passwords.verdict(passwords.hashed(decomposed(word)), word) == "right"
    assert passwords.verdict(passwords.hashed(word), word + "!") == "wrong"


def test_a_space_of_another_script_counts_as_a_space() -> None:
    typed = "seven\u3000green\u00a0lanterns"
    assert passwords.verdict(passwords.hashed("seven green lanterns"), typed) == "right"


def test_a_hash_of_the_text_as_typed_still_matches_and_needs_a_rehash() -> None:
    old = PLAIN.hash(decomposed(WORDS[0]))
    assert passwords.verdict(old, decomposed(WORDS[0])) == "outdated"
    assert passwords.verdict(old, decomposed(WORDS[1])) == "wrong"


def test_a_hash_with_weaker_parameters_needs_a_rehash() -> None:
    assert passwords.verdict(WEAK.hash("seven green lanterns"), "seven green lanterns") == "outdated"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        (decomposed("비밀번호는비밀입"), "too_short"),  # 8 characters, 21 code points as typed
        (decomposed("é" * 128), None),
        (decomposed("é" * 129), "too_long"),
        ("correct horse battery staple", "too_common"),
        ("Correct-Horse-Battery-Staple!", "too_common"),
        ("CorrectHorseBatteryStaple", "too_common"),
        ("the quick brown fox", "too_common"),
        ("password password", "too_common"),
    ],
)
def test_a_password_is_validated_in_its_normalised_form(password: str, why: str | None) -> None:
    assert passwords.fault(password, email="mai@shop.example") == why
