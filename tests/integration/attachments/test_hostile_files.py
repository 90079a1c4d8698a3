"""Each hostile file ends as docs/reference/attachments.md says, in the process that examines files."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from core.attachments import limits
from tests.integration.attachments.hostile import CLEANED, HARMLESS, REFUSED
from tests.stack import ROOT

DOCUMENTED: Final = (ROOT / "docs/reference/attachments.md").read_text(encoding="utf-8")


class Examining:
    """The real process, asked over its pipes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server.attachments"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            start_new_session=True,  # it lowers the priority of its session
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"

    def __call__(self, data: bytes) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        for name in ("picture", "thumbnail"):
            (self.folder / name).unlink(missing_ok=True)
        (self.folder / "source").write_bytes(data)
        asked = {name: str(self.folder / name) for name in ("source", "picture", "thumbnail")}
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        self.process.stdin.flush()
        verdict: dict[str, Any] = json.loads(self.process.stdout.readline())
        return verdict

    def close(self) -> None:
        self.process.communicate(timeout=60)
        assert self.process.returncode == 0


@pytest.fixture(scope="module")
def examine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examining]:
    made = Examining(tmp_path_factory.mktemp("files"))
    yield made
    made.close()


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused(examine: Examining, name: str) -> None:
    data, reason = REFUSED[name]
    assert examine(data()) == {"type": "refused", "reason": reason}
    assert f"| {name} | `{reason}` |" in DOCUMENTED


@pytest.mark.parametrize("name", CLEANED)
def test_a_picture_keeps_nothing_but_its_pixels(examine: Examining, name: str) -> None:
    data, media_type, gone = CLEANED[name]
    given = data()
    assert all(part in given for part in gone)
    found = examine(given)
    assert (found["type"], found["media_type"]) == ("found", media_type)
    for file in ("picture", "thumbnail"):
        kept = (examine.folder / file).read_bytes()
        assert not [part for part in gone if part in kept]
        with Image.open(io.BytesIO(kept)) as opened:
            assert not opened.getexif()
    assert f"| {name} | accepted as `{media_type}`, without it |" in DOCUMENTED


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_file_is_accepted(examine: Examining, name: str) -> None:
    data, media_type = HARMLESS[name]
    found = examine(data())
    assert (found["type"], found.get("media_type")) == ("found", media_type), found


def test_a_photo_is_turned_as_it_was_held(examine: Examining) -> None:
    found = examine(CLEANED["a photo that says where it was taken"][0]())
    assert (found["width"], found["height"]) == (40, 60)


def test_a_thumbnail_is_small(examine: Examining) -> None:
    found = io.BytesIO()
    Image.new("RGB", (1200, 300), (1, 2, 3)).save(found, "PNG")
    assert examine(found.getvalue())["width"] == 1200
    with Image.open(examine.folder / "thumbnail") as small:
        assert small.size == (limits.THUMBNAIL, 100)


def test_a_file_that_kills_its_process_is_refused_and_the_next_one_is_examined(examine: Examining) -> None:
    """A picture whose file cannot be written: the child ends, and so would one that the kernel kills."""
    assert examine.process.stdin is not None and examine.process.stdout is not None
    (examine.folder / "source").write_bytes(HARMLESS["a JPEG"][0]())
    asked = {"source": str(examine.folder / "missing"), "picture": "/nowhere/a", "thumbnail": "/nowhere/b"}
    examine.process.stdin.write(json.dumps(asked).encode() + b"\n")
    examine.process.stdin.flush()
    assert json.loads(examine.process.stdout.readline()) == {"type": "refused", "reason": "too_complex"}
    assert examine(HARMLESS["a JPEG"][0]())["type"] == "found"


def test_the_page_lists_no_other_files() -> None:
    rows = re.findall(
        r"^\| ([^|]+) \| (?:`[a-z_]+`|accepted as `[^`]+`, without it) \|$", DOCUMENTED, re.MULTILINE
    )
    assert set(rows) == {*REFUSED, *CLEANED}
