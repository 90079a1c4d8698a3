"""day.toml is valid, and a misspelt habit is refused."""

from pathlib import Path

import msgspec
import pytest

from bench.day import habits


def test_the_shipped_habits_are_valid() -> None:
    read = habits.read()
    assert read.visitor.send > 0 < read.agent.answer
    assert read.visitor_thinks[0] <= read.visitor_thinks[1]


def test_a_misspelt_habit_is_refused(tmp_path: Path) -> None:
    text = (habits.HERE / "day.toml").read_text().replace("navigate", "navigated")
    (tmp_path / "day.toml").write_text(text)
    with pytest.raises(msgspec.ValidationError, match="navigated"):
        habits.read(tmp_path / "day.toml")
