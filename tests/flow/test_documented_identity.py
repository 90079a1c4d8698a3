"""The snippets of the how-to guide are those of the dashboard, and sign what the server accepts."""

import os
import re
import shutil
import subprocess
import sys
import time
from typing import Final

import pytest

from core import ids
from core.identity import visitor_tokens
from core.ids import ProjectId
from tests.patience import PATIENCE
from tests.stack import ROOT

GUIDE: Final = (ROOT / "docs/how-to/identify-visitors.md").read_text("utf-8")
SHOWN: Final = (ROOT / "widget/src/dashboard/settings/identity/snippets.ts").read_text("utf-8")
LANGUAGES: Final = ("python", "js", "php", "ruby", "go")
SECRET: Final = visitor_tokens.fresh_secret()
CALLS: Final = {
    "python": (
        sys.executable,
        '\nprint(identity_token({"id": "1042", "name": "Mai Trần", "email": "mai@example.com"}))',
    ),
    "js": (
        "node",
        '\nconsole.log(identityToken({ id: "1042", name: "Mai Trần", email: "mai@example.com" }))',
    ),
    "php": (
        "php",
        '\necho identity_token(["id" => "1042", "name" => "Mai Trần", "email" => "mai@example.com"]);',
    ),
    "ruby": ("ruby", '\nputs identity_token({ id: "1042", name: "Mai Trần", email: "mai@example.com" })'),
}


def snippet(language: str) -> str:
    (found,) = re.findall(rf"^### [^\n]+\n\n```{language}\n(.*?)\n```$", GUIDE, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_dashboard_shows_the_same_lines(language: str) -> None:
    assert f"`{snippet(language)}`" in SHOWN


def runnable(language: str) -> bool:
    """Python and Node must be here; PHP and Ruby are run where they are."""
    return language in {"python", "js"} or shutil.which(CALLS[language][0]) is not None


@pytest.mark.parametrize("language", [language for language in CALLS if runnable(language)])
def test_the_lines_sign_what_the_server_accepts(language: str) -> None:
    project, secret = ProjectId(ids.make()), ids.make()
    program, call = CALLS[language]
    done = subprocess.run(
        [program, *(["-"] if language != "php" else [])],
        input=("<?php\n" if language == "php" else "") + snippet(language) + call,
        env={
            **os.environ,
            "PARLEY_PROJECT": ids.text(project),
            "PARLEY_IDENTITY_KID": ids.text(secret),
            "PARLEY_IDENTITY_SECRET": SECRET,
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    now = time.time_ns() // 1_000_000
    found = visitor_tokens.read_token(done.stdout.strip(), {secret: SECRET}, project=project, now=now)
    assert (found.external_id, found.secret) == ("1042", secret)
    assert found.facts == {"name": "Mai Trần", "email": "mai@example.com"}
