"""The contract between the worker's stages and the page of commands name every stage of the table."""

import re
import tomllib

from tests.architecture.sources import ROOT
from worker.stages import STAGES

NAMES = {entry.name for entry in STAGES}


def test_the_import_contract_names_every_stage() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (independent,) = [
        one for one in settings["tool"]["importlinter"]["contracts"] if one["type"] == "independence"
    ]
    assert set(independent["modules"]) == {f"worker.{name}" for name in NAMES}


def test_the_page_of_commands_lists_every_stage_and_whether_it_runs_by_default() -> None:
    page = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    section = page.split("### Stages of the worker")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \| (yes|no) \|", section, re.MULTILINE) == [
        (entry.name, "yes" if entry.by_default else "no") for entry in STAGES
    ]


def test_every_stage_is_a_folder_with_its_stage_and_no_other_folder_has_one() -> None:
    assert {path.parent.name for path in (ROOT / "worker").glob("*/stage.py")} == NAMES
