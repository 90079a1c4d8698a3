"""An OpenID Connect provider as a process, and a person who signs in there; the fixture is `provider`.

    def test_a_user_signs_in(provider, stack):
        server = stack.spawn("server", oidc=provider.settings())      # its id is "local", its name "Local"
        …the server sends the person to `url` (POST /api/v1/auth/oidc/local/start)…
        code, state = provider.sign_in(url, email="mai@shop.example")  # or verified=False, subject="another"
        …POST /api/v1/auth/oidc/finish {code, state}…

In a browser: the page that `url` leads to has the fields Subject (empty: the address), Email, Name, the
checkbox "the address is verified", and the buttons "Sign in" and "Cancel". It redirects to /app/oidc/return
of the server under test, on any port of 127.0.0.1, and forgets the person after a second.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Self
from urllib.parse import urljoin

import httpx
import pytest

from server.launch.program import Program
from tests.patience import PATIENCE
from tests.running import Running

FOLDER = Path(__file__).parent / "browser" / "provider"
CLIENT_ID = "parley"
CLIENT_SECRET = "a client secret for tests"


class Code(str):
    """The authorization code; `iss` is the issuer that came with it (RFC 9207)."""

    __slots__ = ("iss",)
    iss: str

    def __new__(cls, code: str, iss: str) -> Self:
        """Create the string and set `iss`."""
        made = super().__new__(cls, code)
        made.iss = iss
        return made


class Provider:
    """A running provider; with `in_userinfo` only its userinfo endpoint gives the email address."""

    def __init__(self, *, in_userinfo: bool = False) -> None:
        """Start it and wait for its first line, the issuer."""
        if not (FOLDER / "node_modules").exists():
            pytest.fail("the provider is not installed: run `make set-up`")
        # Node may be installed next to Python.
        node = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        self._directory = Path(tempfile.mkdtemp(prefix="provider-"))
        options = ["--email-in-userinfo"] if in_userinfo else []
        self.running = Running(
            Program(
                name="provider",
                argv=[node or "node", "server.mjs", *options],
                cwd=FOLDER,
                log=self._directory / "provider.log",
            )
        )
        self.running.wait_for_line("http://127.0.0.1:")
        self.issuer = next(line for line in self.running.text.splitlines() if line.startswith("http://"))

    def settings(self, **more: Any) -> str:
        """PARLEY_OIDC for a server that trusts this provider."""
        one = {
            "id": "local",
            "name": "Local",
            "issuer": self.issuer,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        return json.dumps([one | more])

    def sign_in(
        self, url: str, *, email: str, subject: str = "", name: str = "Mai Tran", verified: bool = True
    ) -> tuple[str, str]:
        """Sign a person in; returns code and state of the redirect back to us."""
        said = {"email": email, "subject": subject, "name": name} | ({"verified": "on"} if verified else {})
        with httpx.Client(trust_env=False, timeout=PATIENCE) as person:
            sent = person.get(url)
            assert sent.status_code == 303, sent.text
            form = urljoin(self.issuer, sent.headers["Location"])
            on = person.post(form, data=said)
            back = person.get(urljoin(self.issuer, on.headers["Location"]))
        returned = httpx.URL(back.headers["Location"])
        assert returned.path.startswith("/app/oidc/return"), returned
        return Code(returned.params["code"], returned.params["iss"]), returned.params["state"]

    def close(self) -> None:
        """End it."""
        self.running.kill()
        shutil.rmtree(self._directory, ignore_errors=True)
