"""A receiver as a process: the snippets of the documentation, and the libraries of Standard Webhooks."""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import pytest

from server.launch.program import Program
from tests.patience import PATIENCE
from tests.running import Running
from tests.stack import ROOT
from tests.webhooks.install import installable, missing

GUIDE: Final = ROOT / "docs" / "how-to" / "receive-webhooks.md"
FOLDER: Final = Path(__file__).parent
ENDINGS: Final = {"python": "py", "javascript": "mjs", "php": "php", "ruby": "rb", "go": "go"}
"""By the language of the page's blocks."""
PROGRAMS: Final = {"python": sys.executable, "javascript": "node"} | {
    one: one for one in ("php", "ruby", "go")
}
LIBRARIES: Final = {"standardwebhooks of PyPI": "python", "standardwebhooks of npm": "javascript"}
RECEIVERS: Final = [*LIBRARIES, *ENDINGS]
PARAMS: Final = [*RECEIVERS[:-1], pytest.param("go", marks=pytest.mark.soak)]  # see install.py


class Request(NamedTuple):
    """What a receiver gets."""

    headers: Mapping[str, str]
    body: bytes


def snippets() -> dict[str, str]:
    """The page's blocks of code, by language; JSON is no code."""
    found = re.findall(r"^```([a-z]+)\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    blocks = {language: text for language, text in found if language != "json"}
    assert len(blocks) == sum(language != "json" for language, _ in found), "one block a language"
    return blocks


class OutsideReceiver:
    """A running receiver. Close it."""

    def __init__(self, name: str, secret: str, folder: Path) -> None:
        language = LIBRARIES.get(name, name)
        self._installed(PROGRAMS[language])
        file = _verified(name, language, folder)
        environment = {**os.environ, "WEBHOOK_SECRET": secret, "VERIFIED": str(file)}
        self.running = Running(
            Program(
                name=language,
                argv=[_program(PROGRAMS[language]), *_arguments(language, file)],
                cwd=folder,
                log=folder / "receiver.log",
                env=environment,
            )
        )
        self.running.wait_until(lambda: self._url() is not None, within=2 * PATIENCE, what="listening")
        self._client = httpx.Client(base_url=self._url() or "", trust_env=False, timeout=PATIENCE)

    def accepts(self, request: Request) -> bool:
        """Whether it takes it as ours: its answer is 204, or 401."""
        headers = [(name.encode(), value.encode("latin-1")) for name, value in request.headers.items()]
        status = self._client.post("/", headers=headers, content=request.body).status_code
        assert status in {204, 401}, f"{status}\n{self.running.text}"
        return status == 204

    def close(self) -> None:
        self._client.close()
        self.running.kill()

    def _url(self) -> str | None:
        found = re.search(r"http://127\.0\.0\.1:[1-9]\d*", self.running.text)
        return None if found is None else found[0]

    @staticmethod
    def _installed(program: str) -> None:
        if not missing([_program(program)]):
            return
        if program in {"php", "ruby", "go"} and not installable():
            pytest.skip(f"{program} is not installed, and cannot be by apt-get")
        pytest.fail(f"{program} is not installed: run `make set-up`, for Go `make soak`")


def _program(name: str) -> str:
    """Node may be installed next to Python."""
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return shutil.which(name, path=places) or name


def _verified(name: str, language: str, folder: Path) -> Path:
    """The file with the function that verifies."""
    if name in LIBRARIES:
        if language == "javascript" and not (FOLDER / "library" / "node_modules").exists():
            pytest.fail("the library is not installed: run `make set-up`")
        return FOLDER / "library" / f"verified.{ENDINGS[language]}"
    made = folder / f"verified.{ENDINGS[language]}"
    made.write_text(snippets()[language], "utf-8")
    return made


def _arguments(language: str, verified: Path) -> list[str]:
    receiver = FOLDER / "receiving" / f"receiver.{ENDINGS[language]}"
    if language == "php":
        return ["-S", "127.0.0.1:0", str(receiver)]
    if language == "go":
        return ["run", str(shutil.copy(receiver, verified.parent)), str(verified)]  # one package, one folder
    return [str(receiver), str(verified)]
