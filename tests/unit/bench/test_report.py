"""A result in JSON, as a table and as plots; a lossy run reports no figure of speed."""

import xml.etree.ElementTree as ET
from typing import Any

import msgspec
import pytest

from bench import answers, compare, profile
from bench.histogram import Latencies
from bench.load.assistant.questions import Answered
from bench.load.crowd import Storm
from bench.load.driver import Measured, Sample
from bench.report.plots import log_ticks, plots, ticks
from bench.report.result import Result, result
from bench.report.table import table
from bench.verdict.answers import TurnVerdict
from bench.verdict.ledger import Verdict

AROUND = {"machine": {"cpu": "abacus", "cores": 2, "load_before": 0.1}, "commit": "abc", "seed": 1}


def measured(verdict: Verdict | None = None) -> Measured:
    latencies = Latencies()
    for number in range(100):
        latencies.record((number + 1) / 1000, due=number / 10)
    return Measured(
        span=10.0,
        sent=100,
        handshakes_per_second=2000.4,
        kib_per_connection=9.87,
        cpu_seconds={"servers": 0.03, "postgres": 0.02},
        idle_share={"servers": 0.011},
        stored=latencies,
        at_agent=latencies,
        reply=Latencies(),
        in_storm=latencies,
        late=Latencies(),
        storms=[Storm(4.0, 200, 6.5), Storm(9.0, 1)],
        faults={"1 servers killed": 4.0},
        samples=[
            Sample(float(at), {"servers": at / 10}, {"servers": 5}, {"servers": 6}, {}, 200)
            for at in range(5)
        ],
        verdict=verdict or Verdict(),
    )


def reported(verdict: Verdict | None = None) -> Result:
    return result("smoke", profile.read("smoke"), measured(verdict)) | AROUND


def test_a_clean_run_reports_every_figure_under_the_baselines_names() -> None:
    made = reported()
    assert made["clean"]
    assert (made["visitors"], made["rate"], made["sent"]) == (200, 10, 100)
    assert made["stored_ms"] == {"p50": 50.17, "p95": 95.23, "p99": 99.33, "max": 100.0}
    assert made["cpu_us_per_message"] == {"servers": 300, "postgres": 200, "total": 500}
    assert (made["handshakes_per_s"], made["kb_per_connection"]) == (2000, 9.9)
    assert made["storms"] == [
        {"at_s": 4.0, "lost": 200, "back_s": 2.5},
        {"at_s": 9.0, "lost": 1, "back_s": None},
    ]
    assert "reply_ms" not in made
    assert msgspec.json.decode(msgspec.json.encode(made)) == made


@pytest.mark.parametrize("name", Verdict.__struct_fields__)
def test_a_run_that_is_not_clean_reports_no_figure_of_speed(name: str) -> None:
    made = reported(Verdict(**{name: 1}))
    assert not made["clean"]
    assert made["ledger"][name] == 1
    assert not {key for key in made if key.endswith(("_ms", "_message", "_s", "series"))}
    assert "p99" not in table(made)
    assert f"{name.replace('_', ' ')} 1" in table(made)
    assert plots(made) == {}


def with_turns(verdict: TurnVerdict | None = None) -> Result:
    """Twenty turns, which took the workers 40 ms; ten at a time took 500 KiB."""
    made, times = measured(), Latencies()
    times.record(0.02, due=1.0)
    made.answered = Answered(
        asked=20, stopped=2, most_running=10, first=times, stop=times, verdict=verdict or TurnVerdict()
    )
    made.cpu_seconds = made.cpu_seconds | {"workers": 0.04}
    made.samples = [
        Sample(float(at), {}, {"workers": 1000 + at * 250}, {}, {}, 200, running=at * 5) for at in range(3)
    ]
    return result("assistant", profile.read("assistant"), made) | AROUND


def test_what_a_turn_costs_is_the_difference_of_two_runs() -> None:
    pairs = [(reported(), with_turns())]
    assert with_turns()["kib_per_turn"] == 50.0
    made = answers.figures(pairs)
    spent = {"servers": 0, "workers": 2000, "postgres": 0, "redis": 0, "total": 2000}
    assert made["cpu_us_per_turn"] == spent
    assert made["p99_ratio"] == {"stored_ms": 1.0, "agent_ms": 1.0}
    text = answers.table(pairs)
    assert "| 1 | 20 | 10 | 99.33 | 99.33 | 20.09, 20.09, 20.09 | 2 | 20.09, 20.09 | 50.0 |" in text
    assert "workers 2000" in text


@pytest.mark.parametrize("name", TurnVerdict.__struct_fields__)
def test_a_run_with_a_turn_that_is_not_clean_reports_no_figure_of_speed(name: str) -> None:
    made = with_turns(TurnVerdict(**{name: 1}))
    assert not made["clean"]
    assert made["answers"]["ledger"][name] == 1
    assert not {key for key in made if key.endswith(("_ms", "_message", "_s", "_turn", "series"))}
    text = answers.table([(reported(), made)])
    assert f"{name} 1" in text
    assert "not clean" in text


def test_the_table_has_a_line_for_each_figure() -> None:
    text = table(reported())
    for part in (
        "| 50.17 | 95.23 | 99.33 | 100.0 |",
        "500 µs",
        "9.9 KB",
        "all back after 2.5 s",
        "not all back",
    ):
        assert part in text


def test_the_plots_are_well_formed_and_mark_the_faults() -> None:
    drawn = plots(reported())
    assert set(drawn) == {"latency.svg", "histogram.svg", "cpu.svg"}
    for svg in drawn.values():
        root = ET.fromstring(svg)  # noqa: S314  our own file
        assert root.findall("{http://www.w3.org/2000/svg}polyline")
        assert "nan" not in svg
    assert "1 servers killed" in drawn["latency.svg"]


def long_run(*, grows: float) -> Measured:
    """Ten minutes; after the seventh, the server's memory grows by `grows` KiB a second."""
    made = measured()
    made.span = 600.0
    made.samples = [
        Sample(
            at, {"servers": at}, {"servers": int(10_240 + max(0.0, at - 420) * grows)}, {"servers": 50}, {}, 1
        )
        for at in map(float, range(610))
    ]
    return made


@pytest.mark.parametrize(("grows", "drift"), [(0.0, 0.0), (10.0, 14.6)])
def test_a_long_run_reports_whether_memory_levelled_off(grows: float, drift: float) -> None:
    made = result("soak", profile.read("soak"), long_run(grows=grows)) | AROUND
    assert made["levels"]["resident"]["servers"]["drift_percent"] == drift
    assert made["levels"]["descriptors"]["servers"] == {"plateau": 50, "end": 50, "drift_percent": 0.0}
    assert f"({drift:+.1f} %)" in table(made)
    assert "memory.svg" in plots(made)


def test_a_short_run_reports_no_levels() -> None:
    assert "levels" not in reported()
    assert "memory.svg" not in plots(reported())


def test_ticks_are_round_numbers_within_the_range() -> None:
    assert ticks(0, 60) == [0, 10, 20, 30, 40, 50, 60]
    assert list(log_ticks(1.5, 60)) == [2, 5, 10, 20, 50]
    assert ticks(3, 3)


def changed(**given: Any) -> Result:
    return reported() | given


def test_a_comparison_marks_what_became_worse_in_either_direction() -> None:
    faster = changed(handshakes_per_s=1000, stored_ms={"p50": 60.0, "p99": 80.0})
    ratios = {ratio.name: ratio for ratio in compare.ratios(reported(), faster)}
    assert ratios["handshakes_per_s"].worse == 2
    assert ratios["stored_ms.p50"].worse == pytest.approx(60 / 50.17)
    assert ratios["stored_ms.p99"].worse < 1
    assert ratios["cpu_us_per_message.total"].worse == 1
    assert "reply_ms.p50" not in ratios
    text = compare.table(list(ratios.values()), threshold=1.5)
    assert [line for line in text.splitlines() if "worse than 1.5" in line] == [
        "| handshakes_per_s | 2000 | 1000 | 0.50 | worse than 1.5 |"
    ]


def test_a_difference_below_a_millisecond_is_noise() -> None:
    (ratio,) = compare.ratios(changed_to(0.3), changed_to(0.9))
    assert ratio.worse == 1


def changed_to(p50: float) -> Result:
    return {"stored_ms": {"p50": p50}}
