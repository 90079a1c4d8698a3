"""The generated TypeScript is current, and describes every frame as its struct does."""

import re
from pathlib import Path
from typing import get_args

import pytest

from protocol import typescript
from protocol.from_client import ClientFrame
from protocol.from_server import ServerFrame
from protocol.typescript import APART, TARGET, frames_ts, main


def test_the_file_is_current() -> None:
    assert main(["--check"]) == 0, "run python -m protocol.typescript"


def test_check_fails_for_a_stale_file_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "wire" / "frames.ts"
    monkeypatch.setattr(typescript, "TARGET", stale)
    assert main(["--check"]) == 1
    assert not stale.exists()
    assert "python -m protocol.typescript" in capsys.readouterr().err
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_every_frame_has_a_row_with_its_fields_in_order() -> None:
    made = frames_ts()
    later = {frame for frames in APART.values() for frame in frames}
    tables = (
        ("CLIENT_FRAMES", set(get_args(ClientFrame)) - later),
        ("SERVER_FRAMES", set(get_args(ServerFrame)) - later),
        *APART.items(),
    )
    for table, frames in tables:
        body = made.split(f"export const {table} = {{\n")[1].split("}")[0]
        rows = dict(re.findall(r'^  (\d+): "([^"]*)",$', body, re.MULTILINE))
        assert len(rows) == len(frames)
        for frame in frames:
            kind, *columns = rows[str(frame.__struct_config__.tag)].split(" ")
            assert kind == frame.__name__.lower()
            assert [column.split(":")[0] for column in columns if column] == list(frame.__struct_fields__)


def test_two_runs_write_the_same() -> None:
    assert frames_ts() == frames_ts()
    assert TARGET.name == "frames.ts"
