"""Counters, gauges and histograms, and how Prometheus reads them."""

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from core.telemetry import exposition, metrics
from core.telemetry.metrics import BOUNDS, HELP, Histogram, Metric, Timing, timed


def exposed() -> dict[str, dict[str, float]]:
    """Each sample by its name and `le`, of the text that Prometheus gets."""
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(generate_latest(exposition.registry()).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[sample.labels.get("le", "")] = sample.value
    return found


def test_every_metric_has_a_sentence_and_is_exposed() -> None:
    assert set(HELP) == {*Metric, *Timing}
    assert all(text.endswith(".") for text in HELP.values())
    text = generate_latest(exposition.registry()).decode()
    for metric in Metric:
        kind = "counter" if metric.endswith("_total") else "gauge"
        assert f"# HELP {metric} {HELP[metric]}" in text
        assert f"# TYPE {metric} {kind}" in text
    for timing in Timing:
        assert f"# TYPE {timing} histogram" in text
    assert "process_resident_memory_bytes" in text


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [(0.0, 0), (BOUNDS[0], 0), (0.0011, 1), (BOUNDS[-1], len(BOUNDS) - 1), (99.0, len(BOUNDS))],
)
def test_a_time_falls_into_the_first_bucket_whose_bound_it_does_not_pass(seconds: float, bucket: int) -> None:
    histogram = Histogram()
    histogram.observe(seconds)
    assert histogram.buckets.index(1) == bucket and sum(histogram.buckets) == 1
    assert histogram.total == seconds


def test_buckets_are_exposed_as_running_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    histogram = Histogram()
    for seconds in (0.0005, 0.002, 0.002, 60.0):
        histogram.observe(seconds)
    monkeypatch.setitem(metrics.timings, Timing.APPLY, histogram)
    found = exposed()
    assert (
        found["parley_apply_seconds_bucket"] | {"0.001": 1, "0.0025": 3, "10.0": 3, "+Inf": 4}
        == (found["parley_apply_seconds_bucket"])
    )
    assert found["parley_apply_seconds_count"][""] == 4
    assert found["parley_apply_seconds_sum"][""] == pytest.approx(60.0045)


def test_a_block_that_fails_is_timed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(metrics.timings, Timing.APPLY, Histogram())
    with pytest.raises(ValueError, match="no"), timed(Timing.APPLY):
        raise ValueError("no")
    assert sum(metrics.timings[Timing.APPLY].buckets) == 1
