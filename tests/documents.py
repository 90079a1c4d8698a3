"""Extracts the commands of the documentation, so that the tests run exactly what operators copy."""

import os
import re
import subprocess
import sys
from pathlib import Path

from server.launch import binaries
from tests.stack import ROOT

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, kind: str = "sh", *, under: str = "") -> list[str]:
    """The fenced blocks of one language, of the section `under` a heading if given."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    if under:
        level = under.partition(" ")[0]
        text = text.split(f"\n{under}\n", 1)[1]
        text = re.split(rf"^#{{1,{len(level)}}} ", text, maxsplit=1, flags=re.MULTILINE)[0]
    return [
        re.sub(f"^{one[1]}", "", one[3], flags=re.MULTILINE)
        for one in _FENCE.finditer(text)
        if one[2] == kind
    ]


def run(script: str, *, cwd: Path, **environment: str) -> str:
    """The output of a script, with PostgreSQL's programs and our Python first on PATH; fails with it."""
    path = os.pathsep.join(
        (str(Path(sys.executable).parent), str(binaries.postgres(None).directory), os.environ["PATH"])
    )
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=cwd,
        env={"PATH": path, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout
