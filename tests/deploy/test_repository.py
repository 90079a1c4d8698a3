"""The files that a code host reads: the workflow, the forms of issues, and the policy of security."""

import re
import subprocess
from typing import Final

import pytest
import yaml

from tests.deploy.install import tool
from tests.stack import ROOT

HOST: Final = ROOT / ".github"
WORKFLOW: Final = HOST / "workflows" / "ci.yml"
FORMS: Final = sorted(path for path in (HOST / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
CHECKED: Final = {
    WORKFLOW: "vendor.github-workflows",
    HOST / "ISSUE_TEMPLATE" / "config.yml": "vendor.github-issue-config",
    **dict.fromkeys(FORMS, "vendor.github-issue-forms"),
}


@pytest.mark.parametrize("path", CHECKED, ids=lambda path: path.name)
def test_a_file_fits_its_schema(path: object) -> None:
    done = subprocess.run(
        [tool("check-jsonschema"), "--builtin-schema", CHECKED[path], str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_workflow_runs_what_ci_runs_and_nothing_else() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert workflow["permissions"] == {"contents": "read"}
    (checkout,) = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout")]
    assert checkout["with"]["fetch-depth"] == 0, "tests/releases needs the history"


def test_the_workflow_has_the_oldest_python_that_we_support() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (oldest,) = re.findall(r'^requires-python = ">=([\d.]+)"$', project, re.MULTILINE)
    assert f'python-version: "{oldest}"' in WORKFLOW.read_text(encoding="utf-8")


def test_there_are_two_forms_of_issues() -> None:
    assert [path.stem for path in FORMS] == ["bug", "wish"]
