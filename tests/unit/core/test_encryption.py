"""Secrets at rest: which sealed values open, and how keys are rotated."""

import base64
import os

import pytest

from core.config import settings
from core.config.settings import SettingsError
from core.identity.encryption import Sealer, Unsealable, totp_purpose

SECRET = "a secret for tests that is long enough"


def key(name: str) -> str:
    return f"{name}:{base64.urlsafe_b64encode(os.urandom(32)).rstrip(b'=').decode()}"


def sealer(keys: str = "", secret: str = SECRET) -> Sealer:
    return Sealer.of(settings.read({"PARLEY_SECRET_KEY": secret, "PARLEY_ENCRYPTION_KEYS": keys}))


def test_a_sealed_value_opens_for_the_same_purpose_only() -> None:
    made = sealer()
    sealed = made.seal(b"a secret", purpose="mail")
    assert b"a secret" not in sealed
    assert made.open(sealed, purpose="mail") == b"a secret"
    with pytest.raises(Unsealable):
        made.open(sealed, purpose="two_factor")


def test_the_same_secret_is_never_sealed_the_same_way_twice() -> None:
    made = sealer()
    assert made.seal(b"a secret", purpose="mail") != made.seal(b"a secret", purpose="mail")


def test_one_users_secret_cannot_stand_in_for_anothers() -> None:
    made = sealer()
    sealed = made.seal(b"a secret", purpose=totp_purpose(b"a" * 16))
    with pytest.raises(Unsealable):
        made.open(sealed, purpose=totp_purpose(b"b" * 16))


def test_any_changed_missing_or_added_byte_is_detected() -> None:
    made = sealer(key("one"))
    sealed = made.seal(b"a secret", purpose="mail")
    for at in range(len(sealed)):
        with pytest.raises(Unsealable):
            made.open(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], purpose="mail")
        with pytest.raises(Unsealable):
            made.open(sealed[:at], purpose="mail")
    with pytest.raises(Unsealable):
        made.open(sealed + b"\0", purpose="mail")


def test_a_key_is_rotated_without_losing_what_was_sealed_under_the_old_one() -> None:
    one, two = key("one"), key("two")
    before, during, after = sealer(one), sealer(f"{two},{one}"), sealer(two)
    sealed = before.seal(b"a secret", purpose="mail")
    assert not before.stale(sealed)
    assert during.stale(sealed)
    rotated = during.seal(during.open(sealed, purpose="mail"), purpose="mail")
    assert not during.stale(rotated)
    assert after.open(rotated, purpose="mail") == b"a secret"
    with pytest.raises(Unsealable, match="'one'"):
        after.open(sealed, purpose="mail")


def test_the_first_named_key_replaces_the_one_derived_from_the_secret() -> None:
    sealed = sealer().seal(b"a secret", purpose="mail")
    named = sealer(key("one"))
    assert named.stale(sealed)
    assert named.open(sealed, purpose="mail") == b"a secret"


def test_a_key_can_be_added_before_it_is_used() -> None:
    one, two = key("one"), key("two")
    for before, between, after in (("", f"secret,{one}", one), (one, f"{one},{two}", f"{two},{one}")):
        assert sealer(between).head == sealer(before).head != sealer(after).head
        sealed = sealer(after).seal(b"a secret", purpose="mail")
        assert sealer(between).open(sealed, purpose="mail") == b"a secret"


def test_another_secret_opens_nothing() -> None:
    sealed = sealer().seal(b"a secret", purpose="mail")
    with pytest.raises(Unsealable):
        sealer(secret="another secret that is long enough too").open(sealed, purpose="mail")


@pytest.mark.parametrize(
    "keys",
    [
        "one",
        "one:",
        "one:short",
        f":{key('x')[2:]}",
        f"se cret:{key('x')[2:]}",
        f"secret:{key('x')[2:]}",
        f"{key('a')},{key('a')}",
        "one:" + "*" * 43,
        "one:" + "é" * 43,
    ],
    ids=["no key", "empty", "short", "no name", "blank", "word", "twice", "marks", "accents"],
)
def test_invalid_keys_stop_the_process(keys: str) -> None:
    with pytest.raises(SettingsError):
        sealer(keys)


def test_spaces_between_keys_are_allowed() -> None:
    assert sealer(f" {key('one')} , {key('two')},") is not None
