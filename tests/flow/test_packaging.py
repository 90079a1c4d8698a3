"""Parley runs from its directory; an attempt to install it fails with an error that says so."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT


@pytest.mark.parametrize(
    "words", [("wheel", "--no-deps"), ("install", "--no-deps", "--target")], ids=" ".join
)
@pytest.mark.soak
def test_installing_the_tree_fails_with_an_explanation(words: tuple[str, ...], tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir"]
    place = [str(tmp_path)] if words[-1] == "--target" else ["--wheel-dir", str(tmp_path)]
    done = subprocess.run(
        [*pip, *words, *place, str(ROOT)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 1
    assert "Parley is no package: it is run from its directory" in done.stdout + done.stderr
    assert not list(tmp_path.iterdir())
