"""The device cookie marks the browsers in which a user has signed in."""

import os

import pytest

from core.ids import UserId
from server.api.identity import device_cookie

SECRET, OTHER = "s" * 32, "t" * 32
MAI, TOM = UserId(b"m" * 16), UserId(b"t" * 16)


def test_a_browser_is_known_only_for_the_users_who_signed_in_there() -> None:
    cookie = device_cookie.remembering("", MAI, secret=SECRET)
    device = device_cookie.known(cookie, MAI, secret=SECRET)
    assert device is not None
    assert device_cookie.known(cookie, TOM, secret=SECRET) is None
    assert device_cookie.known(cookie, MAI, secret=OTHER) is None
    both = device_cookie.remembering(cookie, TOM, secret=SECRET)
    assert (
        device_cookie.known(both, MAI, secret=SECRET)
        == device_cookie.known(both, TOM, secret=SECRET)
        == device
    )
    assert device_cookie.remembering(cookie, MAI, secret=SECRET) == cookie


def test_a_browser_remembers_the_last_five_users() -> None:
    people = [UserId(os.urandom(16)) for _ in range(6)]
    cookie = ""
    for person in people:
        cookie = device_cookie.remembering(cookie, person, secret=SECRET)
    known = [device_cookie.known(cookie, person, secret=SECRET) is not None for person in people]
    assert known == [False, True, True, True, True, True]


@pytest.mark.parametrize("cookie", ["", "x", "!" * 40, "A" * 22, "A" * 43, "A" * 5000, "é"])
def test_a_forged_cookie_is_not_known_and_is_replaced(cookie: str) -> None:
    assert device_cookie.known(cookie, MAI, secret=SECRET) is None
    assert (
        device_cookie.known(device_cookie.remembering(cookie, MAI, secret=SECRET), MAI, secret=SECRET)
        is not None
    )
