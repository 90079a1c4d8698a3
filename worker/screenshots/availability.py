"""Whether this machine can take screenshots: a Chromium, Playwright, and a user for the browser to run as."""

import importlib.util
import os
import pwd
import shutil
from pathlib import Path
from typing import Final

import msgspec

from core.config.settings import Settings

OFF: Final = "off"
NAMES: Final = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)


class Unavailable(Exception):
    """No screenshots; the text is a sentence for operators."""


class Installed(msgspec.Struct, frozen=True):
    """The browser. `user`: the one it runs as, by setpriv; None: as the worker's own."""

    browser: str
    user: pwd.struct_passwd | None = None


def installed(settings: Settings) -> Installed:
    """What screenshots are taken with; raises Unavailable."""
    if settings.screenshot_browser == OFF:
        raise Unavailable("switched off by PARLEY_SCREENSHOT_BROWSER")
    if importlib.util.find_spec("playwright") is None:
        raise Unavailable("the package playwright is not installed: install requirements-screenshots.lock")
    browser = _browser(settings.screenshot_browser)
    return Installed(browser, _user(settings.screenshot_user) if os.geteuid() == 0 else None)


def _browser(given: str) -> str:
    if given:
        if not Path(given).is_absolute() or not os.access(given, os.X_OK):
            raise Unavailable("PARLEY_SCREENSHOT_BROWSER is not the absolute path of a program")
        return given
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise Unavailable("no Chromium is installed")


def _user(name: str) -> pwd.struct_passwd:
    """Chromium's sandbox refuses root, and a browser must not read what the worker may read."""
    if shutil.which("setpriv") is None:
        raise Unavailable("the worker runs as root, and setpriv (util-linux) is not installed")
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        raise Unavailable(f"there is no user {name} (PARLEY_SCREENSHOT_USER)") from None
    if user.pw_uid == 0:
        raise Unavailable("PARLEY_SCREENSHOT_USER must not be root")
    return user
