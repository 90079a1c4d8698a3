"""The device cookie, and what a browser is called."""

import os

import pytest

from core.ids import UserId
from server.api import devices
from server.api.browsers import described

SECRET, OTHER = "s" * 32, "t" * 32
MAI, TOM = UserId(b"m" * 16), UserId(b"t" * 16)


def test_a_browser_is_known_to_whom_signed_in_there() -> None:
    cookie = devices.remembering("", MAI, secret=SECRET)
    device = devices.known(cookie, MAI, secret=SECRET)
    assert device is not None
    assert devices.known(cookie, TOM, secret=SECRET) is None
    assert devices.known(cookie, MAI, secret=OTHER) is None
    both = devices.remembering(cookie, TOM, secret=SECRET)
    assert devices.known(both, MAI, secret=SECRET) == devices.known(both, TOM, secret=SECRET) == device
    assert devices.remembering(cookie, MAI, secret=SECRET) == cookie


def test_a_browser_knows_the_last_five() -> None:
    people = [UserId(os.urandom(16)) for _ in range(6)]
    cookie = ""
    for person in people:
        cookie = devices.remembering(cookie, person, secret=SECRET)
    known = [devices.known(cookie, person, secret=SECRET) is not None for person in people]
    assert known == [False, True, True, True, True, True]


@pytest.mark.parametrize("cookie", ["", "x", "!" * 40, "A" * 22, "A" * 43, "A" * 5000, "é"])
def test_a_made_up_cookie_knows_nobody_and_is_replaced(cookie: str) -> None:
    assert devices.known(cookie, MAI, secret=SECRET) is None
    assert devices.known(devices.remembering(cookie, MAI, secret=SECRET), MAI, secret=SECRET) is not None


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox 145, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            "Edge 142, Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15",
            "Safari 18, macOS",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) Chrome/142.0.0.0 Mobile Safari/537.36",
            "Chrome 142, Android",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_a_browser_is_called_as_people_call_it(agent: str, name: str) -> None:
    assert described(agent) == name
