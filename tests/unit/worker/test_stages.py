"""The table of stages decides what a worker runs."""

import pytest

from worker import stages
from worker.stages import STAGES, Entry, chosen

NAMES = [entry.name for entry in STAGES]


def test_without_names_a_worker_runs_the_default_stages_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    extra = Entry("extra", STAGES[0].make, by_default=False)
    monkeypatch.setattr(stages, "STAGES", (*STAGES, extra))
    assert chosen([]) == [entry for entry in STAGES if entry.by_default]
    assert chosen(["extra"]) == [extra]


def test_named_stages_run_once_each() -> None:
    assert [entry.name for entry in chosen(["relay", "inbound", "relay"])] == ["relay", "inbound"]


def test_all_but_the_named_stages_run() -> None:
    assert [entry.name for entry in chosen(["--except", "inbound", "relay"])] == [
        entry.name for entry in STAGES if entry.by_default and entry.name not in {"inbound", "relay"}
    ]
    with pytest.raises(ValueError, match="no stage 'letters'"):
        chosen(["--except", "letters"])


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match="no stage 'letters'; choose from " + ", ".join(NAMES)):
        chosen(["inbound", "letters"])


def test_names_are_unique_and_one_stage_stops_last() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert [entry.name for entry in STAGES if entry.last] == ["relay"], "it publishes what the others commit"
