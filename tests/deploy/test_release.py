"""`make release` in a clone: version, changelog, commit, tag, and what is published."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.install import HOME
from tests.stack import ROOT

VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read())
sys.exit(str(error) if error else 0)
"""


def run(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "packaging/release.py", *words],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )


def git(clone: Path, *words: str) -> str:
    who = ["-c", "user.name=Mai", "-c", "user.email=mai@example.com"]
    done = subprocess.run(["git", *who, *words], cwd=clone, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """This tree as a repository with one commit, and its built front end."""
    made = tmp_path / "clone"
    made.mkdir()
    for name in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        if not name.startswith(("tests/", "docs/")) and (ROOT / name).is_file():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, made / name)
    git(made, "init", "--quiet")
    git(made, "config", "user.name", "Mai")
    git(made, "config", "user.email", "mai@example.com")
    git(made, "add", "--all")
    git(made, "commit", "--quiet", "--message", "everything")
    shutil.copytree(ROOT / "widget/dist", made / "widget/dist")
    return made


def test_a_release_is_tagged_and_everything_that_is_published_is_in_dist(clone: Path) -> None:
    new = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("## [Unreleased]\n")[1].split("\n## [")[0]
    assert run(clone, "prepare", "9.0.0").returncode == 0
    wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*wheel, "--wheel-dir", "dist", "."], cwd=clone, check=True)
    done = run(clone, "finish")
    assert done.returncode == 0, done.stderr
    assert git(clone, "describe", "--tags").strip() == "v9.0.0"
    assert git(clone, "status", "--porcelain") == ""
    assert git(clone, "log", "-1", "--format=%s").strip() == "release: publish 9.0.0"
    changelog = (clone / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[Unreleased\]\n\n## \[9\.0\.0\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    dist = clone / "dist"
    assert (dist / "parley-9.0.0.md").read_text(encoding="utf-8").strip() == new.strip()
    sums = dict(line.split("  ")[::-1] for line in (dist / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == {path.name for path in dist.iterdir()} - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest
    bill = (dist / "parley-9.0.0.cdx.json").read_text(encoding="utf-8")
    checked = subprocess.run(
        [HOME / "bin/python", "-c", VALIDATE], input=bill, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    named = {component["purl"].rpartition("@")[0] for component in json.loads(bill)["components"]}
    assert {"pkg:pypi/asyncpg", "pkg:pypi/trio", "pkg:npm/preact", "pkg:npm/%40xyflow/react"} <= named
    assert "pkg:npm/vitest" not in named


def test_what_cannot_be_released_is_refused(clone: Path) -> None:
    for version in ("", "0.0.1", "v9.0.0"):
        done = run(clone, "prepare", version)
        assert done.returncode == 1
        assert "VERSION has to be X.Y.Z and later than" in done.stderr
    assert git(clone, "status", "--porcelain") == ""
    (clone / "LICENSE").write_text("")
    done = run(clone, "prepare", "9.0.0")
    assert (done.returncode, done.stderr.strip()) == (1, "release: commit or undo first: LICENSE")
