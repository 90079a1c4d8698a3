"""PROTOCOL.md documents every frame with its fields, every code and every limit that the structs have."""

import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from protocol import codec, limits
from protocol.codes import TEMPORARY, CloseCode, ErrorCode
from protocol.from_client import ClientFrame
from protocol.from_server import ServerFrame

PROSE = (Path(codec.__file__).parent / "PROTOCOL.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PROSE.splitlines()
    if line.startswith("|")
]
FRAMES = [("C→S", frame) for frame in get_args(ClientFrame)] + [
    ("S→C", frame) for frame in get_args(ServerFrame)
]


@pytest.mark.parametrize(("direction", "frame"), FRAMES, ids=lambda part: getattr(part, "__name__", part))
def test_every_frame_is_documented_with_its_fields_in_order(
    direction: str, frame: type[msgspec.Struct]
) -> None:
    named = f"{frame.__struct_config__.tag} {frame.__name__.lower()}"
    bodies = [row[2] for row in ROWS if row[0] in {direction, "both"} and named in row[1].split(", ")]
    assert len(bodies) == 1, f"{direction} {named}"
    body = bodies[0]
    documented = re.sub(r"\{[^}]*\}", "{}", body).replace("\N{EN DASH}", "")
    fields = ["{}" if is_map(frame, name) else name for name in frame.__struct_fields__]
    documented_names = [
        word.strip(" ?").replace("null", "result") for word in documented.split(",") if word.strip()
    ]
    assert documented_names == fields
    for name in frame.__struct_fields__:
        if is_map(frame, name):
            inner = re.findall(r"\{([^}]*)\}", body)[0]
            assert [word.strip(" ?") for word in inner.split(",")] == map_fields(frame, name)


def is_map(frame: type[msgspec.Struct], name: str) -> bool:
    kind = kind_of(frame, name)
    return (
        isinstance(kind, type) and issubclass(kind, msgspec.Struct) and not kind.__struct_config__.array_like
    )


def kind_of(frame: type[msgspec.Struct], name: str) -> Any:
    return next(field.type for field in msgspec.structs.fields(frame) if field.name == name)


def map_fields(frame: type[msgspec.Struct], name: str) -> list[str]:
    kind: type[msgspec.Struct] = kind_of(frame, name)
    # A msgspec struct with keyword-only fields lists the required ones first, as the wire does.
    return list(kind.__struct_fields__)


def test_every_error_code_is_documented_with_whether_it_is_temporary() -> None:
    documented = {
        int(row[0]): row[2] == "yes" for row in ROWS if row[0].isdigit() and 100 <= int(row[0]) < 200
    }
    assert documented == {int(code): code in TEMPORARY for code in ErrorCode}


def test_every_close_code_of_ours_is_documented() -> None:
    documented = {int(cell) for row in ROWS for cell in row if cell.isdigit() and 4000 <= int(cell) < 5000}
    assert documented == {int(code) for code in CloseCode if code >= 4000}


@pytest.mark.parametrize(
    "number", [limits.BODY, limits.BODY_BYTES, limits.URL, limits.TITLE, limits.META_KEYS, limits.HAVE]
)
def test_a_limit_is_documented(number: int) -> None:
    assert re.search(rf"\b{number:,}\b", PROSE)
