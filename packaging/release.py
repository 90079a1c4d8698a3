"""`make release VERSION=X.Y.Z`: changelog, commit, tag; and in dist/ what is published.

`prepare` writes the version and the changelog, `finish` commits, tags and writes what is published; between
them make builds the front end and the wheel with the new version. Nothing is pushed.
"""

import datetime as dt
import hashlib
import json
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROJECT, CHANGELOG, DIST = ROOT / "pyproject.toml", ROOT / "CHANGELOG.md", ROOT / "dist"
VERSION = re.compile(r'^version = "([^"]+)"$', re.MULTILINE)
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\]+)", re.MULTILINE)
UNRELEASED = "## [Unreleased]\n"
CHANGED = {"pyproject.toml", "CHANGELOG.md"}


def prepare(version: str, *, today: str) -> None:
    """Write the version and the heading of its changelog."""
    before = current()
    if not re.fullmatch(r"\d+\.\d+\.\d+", version) or _numbers(version) <= _numbers(before):
        raise SystemExit(f"release: VERSION has to be X.Y.Z and later than {before}")
    if changed():
        raise SystemExit(f"release: commit or undo first: {', '.join(sorted(changed()))}")
    text = CHANGELOG.read_text(encoding="utf-8")
    if not notes("Unreleased").strip():
        raise SystemExit("release: the changelog says nothing about what is new")
    CHANGELOG.write_text(
        text.replace(UNRELEASED, f"{UNRELEASED}\n## [{version}] - {today}\n", 1), encoding="utf-8"
    )
    project = PROJECT.read_text(encoding="utf-8")
    PROJECT.write_text(VERSION.sub(f'version = "{version}"', project, count=1), encoding="utf-8")


def finish() -> None:
    """Commit and tag the version, and write what is published beside its wheel."""
    version = current()
    wheel = DIST / f"parley-{version}-py3-none-any.whl"
    if not wheel.is_file():
        raise SystemExit(f"release: {wheel.name} is missing: make wheel")
    if changed() != CHANGED:
        raise SystemExit(f"release: only {', '.join(sorted(CHANGED))} may have changed, not {changed()}")
    git("commit", "--quiet", "--message", f"release: publish {version}", "--", *sorted(CHANGED))
    git("tag", "--annotate", f"v{version}", "--message", f"Parley {version}")
    bill = DIST / f"parley-{version}.cdx.json"
    bill.write_text(json.dumps(materials(version, wheel), indent=2) + "\n", encoding="utf-8")
    text = DIST / f"parley-{version}.md"
    text.write_text(notes(version), encoding="utf-8")
    lock = DIST / "requirements.lock"
    lock.write_bytes((ROOT / "requirements.lock").read_bytes())
    lines = [f"{_digest(path)}  {path.name}\n" for path in (wheel, bill, text, lock)]
    (DIST / "SHA256SUMS").write_text("".join(lines), encoding="ascii")
    print(f"parley {version} is tagged v{version}; what to publish is in dist/:")
    print("".join(f"  {path.name}\n" for path in (wheel, bill, text, lock)), end="")


def materials(version: str, wheel: Path) -> dict[str, Any]:
    """The bill of materials, CycloneDX 1.6: what the wheel contains and what it is installed with."""
    own = f"pkg:pypi/parley@{version}"
    components = [*python("requirements.lock"), *bundled()]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, own + _digest(wheel))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "parley",
                "version": version,
                "purl": own,
                "licenses": [{"license": {"id": "MIT"}}],
                "hashes": [{"alg": "SHA-256", "content": _digest(wheel)}],
            }
        },
        "components": components,
        "dependencies": [{"ref": own, "dependsOn": [each["bom-ref"] for each in components]}],
    }


def python(lock: str) -> Iterator[dict[str, str]]:
    """The packages of a lock file. Its hashes are of one file of many each, so none is given."""
    for name, version in LOCKED.findall((ROOT / lock).read_text(encoding="utf-8")):
        yield library("pypi", name.lower(), version)


def bundled() -> Iterator[dict[str, str]]:
    """The packages that the built front end contains, or is built with."""
    lock = json.loads((ROOT / "widget/package-lock.json").read_text(encoding="utf-8"))
    for path, package in lock["packages"].items():
        if path and not package.get("dev") and not package.get("optional"):
            yield library("npm", path.rpartition("node_modules/")[2], package["version"])


def library(registry: str, name: str, version: str) -> dict[str, str]:
    """A component of the bill; a package URL writes a scope's @ as %40."""
    purl = f"pkg:{registry}/{name.replace('@', '%40')}@{version}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def notes(version: str) -> str:
    """The section of the changelog."""
    parts = re.split(r"^## \[([^\]]+)\][^\n]*\n", CHANGELOG.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[version].strip() + "\n"


def current() -> str:
    found = VERSION.search(PROJECT.read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def changed() -> set[str]:
    """Files of git that differ from the last commit, and new ones."""
    return {line[3:] for line in git("status", "--porcelain").splitlines()}


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"release: git {words[0]}: {done.stderr.strip()}")
    return done.stdout


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare", version]:
            prepare(version, today=dt.datetime.now(dt.UTC).date().isoformat())
        case ["finish"]:
            finish()
        case _:
            raise SystemExit("usage: make release VERSION=X.Y.Z")
