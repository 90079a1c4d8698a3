"""Page object for the pages before the inbox: registration, sign-in, mailed links, second factor."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pyotp
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stage
from tests.patience import PATIENCE
from tests.people import PASSWORD


def fresh(name: str = "lan") -> str:
    """An address without an account."""
    return f"{name}-{os.urandom(4).hex()}@example.com"


class Newcomer:
    """A tab with one of the pages before the inbox."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.title = page.get_by_role("heading", level=1)
        self.alert = page.get_by_role("alert")

    def visit(self, path: str) -> None:
        """Load a page of the dashboard."""
        self.page.goto(self.url + path)

    def follow(self, link: str) -> None:
        """Open a link as a mail program does: load it again, even if only the fragment differs."""
        self.page.goto("about:blank")
        self.page.goto(link)

    def confirm(self, password: str | None = None) -> None:
        """Press the button on a mailed link's page; another browser than the first needs the password."""
        self.page.get_by_role("button", name="Confirm").click()
        if password is not None:
            self.page.get_by_label("Password", exact=True).fill(password)
            self.page.get_by_role("button", name="Confirm").click()

    def register(self, name: str, email: str, password: str) -> None:
        """Fill in the form and submit it."""
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Create account").click()

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """Fill in the form and submit it."""
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def second_step(self, code: str) -> None:
        """Enter the code of the authenticator app."""
        self.page.get_by_label("Code").fill(code)
        self.page.get_by_role("button", name="Verify").click()

    def by_provider(self, email: str, *, name: str = "Lan Nguyen", verified: bool = True) -> None:
        """Sign in at the provider as this person."""
        self.page.get_by_role("button", name="Continue with Local").click()
        expect(self.page.get_by_label("Subject")).to_be_visible()  # our own page has an email field too
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("the address is verified").set_checked(verified)
        self.page.get_by_role("button", name="Sign in").click()

    def sign_out(self) -> None:
        """Sign out from the inbox, once it has loaded: what is on its way then is answered with 401."""
        self.page.wait_for_load_state("networkidle")
        self.page.get_by_role("button", name=re.compile("^Your account")).click()
        self.page.get_by_role("option", name="Sign out").click()
        expect(self.page.get_by_role("heading", name="Sign in to Parley")).to_be_visible()


@dataclass
class Factor:
    """An authenticator app and its recovery codes."""

    secret: str
    recovery_codes: list[str]

    def code(self) -> str:
        """The next code: enrolling used the previous one, and each works once."""
        return pyotp.TOTP(self.secret).at(int(time.time()) + 30)


def enrol(url: str, email: str) -> Factor:
    """Turn the second factor on, over REST."""
    with _signed_in(url, email) as http:
        begun = http.post("/api/v1/me/two-factor", json={"password": PASSWORD})
        assert begun.is_success, begun.text
        secret = begun.json()["secret"]
        code = pyotp.TOTP(secret).now()
        done = http.post("/api/v1/me/two-factor/confirm", json={"code": code})
        assert done.is_success, done.text
        return Factor(secret, done.json()["recovery_codes"])


def invite(stage: Stage, email: str, *, role: str = "agent") -> None:
    """Invite this address to the stage's project, over REST."""
    with _signed_in(stage.server.url, stage.email) as http:
        path = f"/api/v1/projects/{stage.project_id}/invitations"
        answer = http.post(path, json={"email": email, "role": role})
        assert answer.is_success, answer.text


@contextmanager
def _signed_in(url: str, email: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as http:
        answer = http.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield http
