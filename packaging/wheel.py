"""Builds the wheel: the tree as the folder `parley`, with the built front end and the command `parley`.

A build backend (PEP 517) of its own, as no other takes the folders of a project into one package. Installed
as packages of their own, names such as `core` and `server` would be visible to everything in the environment.
"""

import base64
import hashlib
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bench", "core", "migrations", "protocol", "server", "worker")
FILES = ("LICENSE", "pyproject.toml")  # the server reads its version from the latter
DIST = "widget/dist"  # with files of earlier builds, which windows that are open still ask for
ENTRY = Path(__file__).resolve().parent / "parley"
UNBUILT = "the front end is not built: run `make front-end`, then build the wheel again"
NO_SOURCES = "only a wheel is built: `pip wheel --no-deps .`, or `make wheel`"
TIME = (1980, 1, 1, 0, 0, 0)  # of every file, so that the same tree gives the same bytes


def build_wheel(
    wheel_directory: str, config_settings: object = None, metadata_directory: object = None
) -> str:
    """The name of the wheel that was written to the directory."""
    if not (ROOT / DIST / "manifest.json").is_file():
        raise SystemExit(f"parley: {UNBUILT}")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name = f"{project['name']}-{project['version']}"
    wheel = f"{name}-py3-none-any.whl"
    records = []
    with zipfile.ZipFile(Path(wheel_directory) / wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for target, content in (*_tree(), *_described(project, f"{name}.dist-info")):
            _add(archive, target, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            records.append(f"{target},sha256={digest},{len(content)}")
        record = f"{name}.dist-info/RECORD"
        _add(archive, record, "\n".join([*records, f"{record},,", ""]).encode())
    return wheel


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    """There is none: a wheel needs the front end, which Node builds."""
    raise SystemExit(f"parley: {NO_SOURCES}")


def _tree() -> Iterator[tuple[str, bytes]]:
    for path in sorted(ENTRY.glob("*.py")):
        yield f"parley/{path.name}", path.read_bytes()
    for top in (*PACKAGES, DIST, *FILES):
        found = [ROOT / top] if (ROOT / top).is_file() else sorted((ROOT / top).rglob("*"))
        for path in found:
            inside = path.relative_to(ROOT)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in inside.parts)
            if path.is_file() and not hidden:
                yield f"parley/{inside.as_posix()}", path.read_bytes()


def _described(project: dict[str, object], folder: str) -> Iterator[tuple[str, bytes]]:
    yield f"{folder}/METADATA", _metadata(project).encode()
    yield (
        f"{folder}/WHEEL",
        b"Wheel-Version: 1.0\nGenerator: parley\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    )
    yield f"{folder}/entry_points.txt", b"[console_scripts]\nparley = parley.__main__:main\n"
    yield f"{folder}/licenses/LICENSE", (ROOT / "LICENSE").read_bytes()


def _metadata(project: dict[str, object]) -> str:
    dependencies, extras = project["dependencies"], project["optional-dependencies"]
    assert isinstance(dependencies, list)
    assert isinstance(extras, dict)
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        f"Summary: {project['description']}",
        f"License-Expression: {project['license']}",
        "License-File: LICENSE",
        f"Requires-Python: {project['requires-python']}",
        *(f"Requires-Dist: {each}" for each in dependencies),
    ]
    for extra, packages in extras.items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f"Requires-Dist: {each}; extra == '{extra}'" for each in packages]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return "\n".join([*lines, "Description-Content-Type: text/markdown", "", readme])


def _add(archive: zipfile.ZipFile, target: str, content: bytes) -> None:
    made = zipfile.ZipInfo(target, TIME)
    made.compress_type = zipfile.ZIP_DEFLATED
    made.external_attr = 0o644 << 16
    archive.writestr(made, content)
